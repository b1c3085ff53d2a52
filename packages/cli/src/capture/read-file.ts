import { createReadStream } from 'node:fs';
import path from 'node:path';

import { foreignCode, TrunklineError } from '@trunkline/core';

import type { CommandContext } from '../context.ts';

/** The bytes of a file, or of stdin for `-`, up to a limit. Throws `config_invalid`, or `payload_too_large` above it. */
export async function readInput(file: string, context: CommandContext, limitBytes: number): Promise<Uint8Array> {
  if (file === '-') return context.readStdin(limitBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Without an encoding a stream of a file gives bytes.
    const stream = createReadStream(path.resolve(context.directory, file), {
      signal: context.signal,
    }) as AsyncIterable<Buffer>;
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > limitBytes)
        throw new TrunklineError('payload_too_large', `${file} is larger than ${limitBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof TrunklineError) throw error;
    throw new TrunklineError(
      'config_invalid',
      `${file} cannot be read (${foreignCode(error) ?? 'unknown'}): give a path, or - for stdin`,
      { cause: error },
    );
  }
  return Buffer.concat(chunks);
}
