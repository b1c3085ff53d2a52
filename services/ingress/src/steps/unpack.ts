import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';

import { Refusal } from '../refusal.ts';
import { type BodyBlockLimits, createBodyBlock } from './body-block.ts';

/** How a body is packed; undefined for one that is not. An empty header says nothing. */
export function packingOf(request: IncomingMessage): string | undefined {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return undefined;
  return encoding === 'x-gzip' ? 'gzip' : encoding;
}

/** Refuses a packing that the source did not ask for: it would be unclear which bytes were signed. */
export function checkPacking(packing: string | undefined, asked: readonly string[]): Refusal | undefined {
  if (packing === undefined || asked.includes(packing)) return undefined;
  const detail = `a Content-Encoding other than ${['identity', ...asked].join(' or ')}`;
  return new Refusal({ step: 'encoding', code: 'encoding_unsupported', detail });
}

/**
 * Unpacks a body that was read whole. What comes out is bounded like any body, by the source and by the budget: a few
 * bytes may unpack to a thousand times as many, so it stops where the limit is.
 */
export function unpack(packed: Buffer, limits: BodyBlockLimits): Promise<Buffer | Refusal> {
  return new Promise((resolve) => {
    const block = createBodyBlock(limits);
    const gunzip = createGunzip();
    const finish = (result: Buffer | Refusal): void => {
      gunzip.destroy();
      resolve(result);
    };
    gunzip.on('data', (chunk: Buffer) => {
      const refused = block.append(chunk);
      if (refused !== undefined) finish(refused);
    });
    gunzip.once('end', () => finish(block.bytes()));
    gunzip.once('error', (cause) =>
      finish(new Refusal({ step: 'encoding', code: 'encoding_unsupported', detail: 'the body is not gzip', cause })),
    );
    gunzip.end(packed);
  });
}
