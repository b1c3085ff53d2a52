import { open, stat } from 'node:fs/promises';

import { foreignCode } from '@trunkline/core';

export type FileReading =
  | { readonly ok: true; readonly text: string; readonly writtenAtMs: number }
  | { readonly ok: false; readonly flaw: string };

/** The text of a file of at most so many bytes, or why there is none. Never waits for a pipe, never reads without end. */
export async function readTextFile(path: string, maxBytes: number): Promise<FileReading> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return { ok: false, flaw: 'is not a file' };
    await using file = await open(path);
    // One byte more than allowed: a file that grows while it is read is still not read any further.
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    if (length > maxBytes) return { ok: false, flaw: `is larger than ${maxBytes} bytes` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length));
    return { ok: true, text, writtenAtMs: found.mtimeMs };
  } catch (error) {
    return { ok: false, flaw: flawOf(foreignCode(error)) };
  }
}

function flawOf(code: string | undefined): string {
  switch (code) {
    case 'ENOENT':
      return 'is not there';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'is not UTF-8 text';
    default:
      return `cannot be read (${code ?? 'unknown'})`;
  }
}
