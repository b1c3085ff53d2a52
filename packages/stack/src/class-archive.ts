/**
 * What a JVM makes of the classes of a server, kept in a file beside the server's own: a start that maps it need not read
 * and verify them, which is two fifths of the CPU of a broker's start. It is written by a run of the server itself, once for each
 * version of it and of Java. https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
 */
import { createHash } from 'node:crypto';
import { access, constants, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { foreignCode } from '@trunkline/core';

import type { Launch } from './guardian-messages.ts';
import { withLock } from './lock.ts';

export interface MakeArchiveOptions {
  readonly archive: string;
  readonly launch: Launch;
  /** Starts the server so, waits until it answers, and stops it. */
  readonly runOnce: (launch: Launch) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

const prefix = 'classes-';
const suffix = '.jsa';
// Written as the server ends: 3 s of CPU for the 50 MB of Kafka. Less than a stack has to stop in.
const writeDeadlineMs = 25_000;
// A start and an end, each within its own deadline.
const turnDeadlineMs = 200_000;
/** What an archive begins with. */
const magicBytes = 4;

/** Where the archive of a server is, whether there is one or not. Another Java would not take it. */
export function classArchiveIn(folder: string, javaVersion: string): string {
  const version = createHash('sha256').update(javaVersion).digest('hex').slice(0, 12);
  return join(folder, `${prefix}${version}${suffix}`);
}

/** Makes it when it is not there; any number of processes may ask at once. Nothing in a folder that is not ours to write in. */
export async function ensureClassArchive(options: MakeArchiveOptions): Promise<void> {
  const { archive, signal } = options;
  if ((await bytesOf(archive)) !== undefined || !(await isWritable(dirname(archive)))) return;
  await withLock({ path: `${archive}.lock`, deadlineMs: turnDeadlineMs, signal }, async () => {
    if ((await bytesOf(archive)) === undefined) await make(options);
  });
}

/** The launch, or a tool of the server's, with the archive if there is one. */
export async function withClassArchive<T extends Pick<Launch, 'args'>>(
  launch: T,
  archive: string | undefined,
): Promise<T> {
  if (archive === undefined || !((await bytesOf(archive)) ?? 0)) return launch;
  return { ...launch, args: [`-XX:SharedArchiveFile=${archive}`, ...launch.args] };
}

async function make({ archive, launch, runOnce }: MakeArchiveOptions): Promise<void> {
  // We hold the lock, so whatever lies here was left by a process that died.
  const partial = `${archive}.partial`;
  await rm(partial, { force: true });
  const args = [`-XX:ArchiveClassesAtExit=${partial}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off', ...launch.args];
  await runOnce({ ...launch, args, graceMs: writeDeadlineMs });
  // A Java that makes none is not asked at each start: an empty file stands for that.
  if ((await bytesOf(partial)) === undefined) await writeFile(partial, '');
  else if (!(await isWhole(partial))) return;
  await removeOthers(archive);
  await rename(partial, archive);
}

/** On the disk, and written to its end: a JVM checks the header, which it writes last, and ends at a file cut short. */
async function isWhole(file: string): Promise<boolean> {
  const opened = await open(file, 'r+');
  try {
    await opened.sync();
    const { buffer } = await opened.read(Buffer.alloc(magicBytes), 0, magicBytes, 0);
    return buffer.some((byte) => byte !== 0);
  } finally {
    await opened.close();
  }
}

/** Those of another Java: each has tens of megabytes. */
async function removeOthers(archive: string): Promise<void> {
  const folder = dirname(archive);
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(prefix) && name.endsWith(suffix) && name !== basename(archive),
  );
  for (const name of names) await rm(join(folder, name), { force: true });
}

async function bytesOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (foreignCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
