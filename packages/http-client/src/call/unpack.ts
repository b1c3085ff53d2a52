import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { type DialAnswer, headerOf } from '../dial/outcome.ts';
import type { CallLimits } from './limits.ts';

const gunzipped = promisify(gunzip);
const freeBytes = 64 * 1024;

/** What is asked for. Each form that an answer may be packed in is one more way to be surprised. */
export const acceptedEncoding = 'gzip';

/** The body as it was before it was packed, or why it cannot be had. */
export async function unpack(
  answer: DialAnswer,
  { maxUnpackedBytes, maxInflateRatio }: Pick<CallLimits, 'maxUnpackedBytes' | 'maxInflateRatio'>,
): Promise<Buffer | { readonly trouble: string }> {
  const encoding = headerOf(answer, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (answer.body.length === 0 || encoding === 'identity' || encoding === '') return answer.body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip')
    return { trouble: 'the answer is packed in a way that was not asked for' };
  const maxOutputLength = Math.min(maxUnpackedBytes, freeBytes + answer.body.length * maxInflateRatio);
  try {
    // Stops at the limit: what is left is never unpacked.
    return await gunzipped(answer.body, { maxOutputLength });
  } catch {
    return { trouble: `the answer is no gzip, or unpacks to more than ${maxOutputLength} bytes` };
  }
}
