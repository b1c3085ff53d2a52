/** The data of a server on a disk that can be filled: a tmpfs of its own, which only root can mount. */
import { execFile } from 'node:child_process';
import {
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { foreignCode } from '@trunkline/core';

import type { FaultServers } from './servers.ts';

export interface SmallDisk {
  /** Takes what room is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  /** Puts the data back where it was; the server runs afterwards. */
  restore(): Promise<void>;
}

export type PartWithData = 'kafka' | 'postgres';

const run = promisify(execFile);
/** Room beside the data that is there: enough to work for minutes. */
const roomMiB = 256;
const pieceBytes = 64 * 1024;

/** Why there can be no such disk on this machine; undefined when there can. */
export async function whyNoSmallDisk(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'a tmpfs to fill is mounted on Linux only';
  if (process.getuid?.() !== 0) return 'only root can mount a tmpfs to fill';
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-mount-'));
  try {
    await mount(directory, 1);
    await run('umount', [directory]);
    return undefined;
  } catch (error) {
    return `a tmpfs cannot be mounted: ${error instanceof Error ? error.message.trim() : String(error)}`;
  } finally {
    rmdirSync(directory);
  }
}

/** Moves the data of a server to a disk of its own; the server is stopped for it and runs afterwards. */
export async function putOnSmallDisk(servers: FaultServers, part: PartWithData): Promise<SmallDisk> {
  const server = servers.stack.part(part);
  const folder = join(servers.dataDir, part);
  const kept = `${folder}.kept`;
  const filler = join(folder, 'filler');
  await server.stop();
  const { uid, gid, mode } = statSync(folder);
  const usedMiB = Math.ceil(Number((await run('du', ['-sm', folder])).stdout.split('\t')[0]));
  renameSync(folder, kept);
  mkdirSync(folder);
  await mount(folder, usedMiB + roomMiB);
  chownSync(folder, uid, gid);
  await run('chmod', [(mode & 0o777).toString(8), folder]);
  await copy(kept, folder);
  await server.restart();
  return {
    fill: () => takeRoom(filler),
    free: () => rmSync(filler, { force: true }),
    restore: async () => {
      rmSync(filler, { force: true });
      await server.stop();
      rmSync(kept, { recursive: true });
      mkdirSync(kept);
      chownSync(kept, uid, gid);
      await run('chmod', [(mode & 0o777).toString(8), kept]);
      await copy(folder, kept);
      await run('umount', [folder]);
      rmdirSync(folder);
      renameSync(kept, folder);
      await server.restart();
    },
  };
}

async function mount(directory: string, mebibytes: number): Promise<void> {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory]);
}

/** Kafka's indexes are files full of holes. */
async function copy(from: string, to: string): Promise<void> {
  await run('cp', ['-a', '--sparse=always', `${from}/.`, to]);
}

function takeRoom(file: string): void {
  const descriptor = openSync(file, 'a');
  const piece = Buffer.alloc(pieceBytes, 1);
  try {
    for (;;) writeSync(descriptor, piece);
  } catch (error) {
    if (foreignCode(error) !== 'ENOSPC') throw error;
  } finally {
    closeSync(descriptor);
  }
}
