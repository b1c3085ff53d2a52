/** The log files of the servers. */
import { open, rename } from 'node:fs/promises';

import { foreignCode } from '@trunkline/core';

const tailLines = 20;
const tailBytes = 64 * 1024;

/** Keeps the log of the run before under another name, so that logs never grow over more than two runs. */
export async function rotateLog(path: string): Promise<void> {
  try {
    await rename(path, path.replace(/\.log$/, '.previous.log'));
  } catch (error) {
    if (foreignCode(error) !== 'ENOENT') throw error;
  }
}

/** The last 20 lines. */
export async function tailOf(path: string): Promise<string> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (foreignCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, tailBytes);
    const { buffer } = await file.read({ buffer: Buffer.alloc(length), position: size - length });
    return buffer.toString('utf8').trimEnd().split('\n').slice(-tailLines).join('\n');
  } finally {
    await file.close();
  }
}
