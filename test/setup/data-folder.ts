/** Where servers that end with a test or a benchmark keep their data. */
import { accessSync, chmodSync, constants, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const gib = 1024 ** 3;
/** Measured: the servers of a tier write less than one, and three stacks run beside each other at most. */
const leastRoomBytes = 4 * gib;
/** That, and what a run takes anyway: its JVMs and two dozen processes of Node. */
const leastMemoryBytes = 8 * gib;

export interface Memory {
  /** A file system in memory: https://www.kernel.org/doc/html/latest/filesystems/tmpfs.html */
  readonly folder: string;
  /** What this process could still have. */
  readonly availableBytes: number;
  /** What fits into a folder; throws where there is no such folder. */
  readonly roomBytes: (folder: string) => number;
}

const ofThisMachine = (): Memory => ({
  folder: '/dev/shm',
  availableBytes: process.platform === 'linux' ? process.availableMemory() : 0,
  roomBytes: (folder) => {
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
});

/**
 * Makes a folder, which everybody may pass through: PostgreSQL runs as another user when we are root. Unless said, it is in
 * memory where there is plenty, else on the disk: tables come and go with each test, and to make and remove their files on a disk
 * was two thirds of the CPU of PostgreSQL. What is in memory survives the death of a server as well.
 */
export function makeDataFolder(prefix: string, parent: string = parentOfData()): string {
  const folder = mkdtempSync(join(parent, prefix));
  chmodSync(folder, 0o755);
  return folder;
}

export function parentOfData({ folder, availableBytes, roomBytes }: Memory = ofThisMachine()): string {
  if (availableBytes < leastMemoryBytes) return tmpdir();
  try {
    return roomBytes(folder) < leastRoomBytes ? tmpdir() : folder;
  } catch {
    // There is none, or not for us.
    return tmpdir();
  }
}
