/** How much room the folders of the stack have, and what to say where there is none. */
import { statfs } from 'node:fs/promises';

import { messageOf, TrunklineError } from '@trunkline/core';

const megabyte = 1024 * 1024;
/** A server that is made or started writes more than that: the first start of all of them writes 70 MB. */
export const fullBelowMegabytes = 16;

/** The free megabytes of the file system that holds the folder. */
export async function freeMegabytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / megabyte);
}

/**
 * A failure on a full disk, with that said first: what a server says of it is somewhere in the end of its log, if it came
 * that far. Any other failure as it is.
 */
export async function namingFullDisk(
  error: unknown,
  folder: string,
  readFree: (folder: string) => Promise<number> = freeMegabytes,
): Promise<unknown> {
  const free = await readFree(folder).catch(() => Number.POSITIVE_INFINITY);
  if (free >= fullBelowMegabytes) return error;
  return new TrunklineError(
    'config_invalid',
    `the disk is full: ${folder} has ${free} MB free; make room, and start again. What failed: ${messageOf(error)}`,
    { cause: error },
  );
}
