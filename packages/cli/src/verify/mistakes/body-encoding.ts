import type { ReceivedRequest } from '@trunkline/providers';

import type { Attempt, Mistake } from './mistake.ts';

/** What stands between (a gateway, a log, a database) wrote the body in another encoding and did not say so. */
export const bodyEncoding: Mistake = {
  name: 'body_encoding',
  action: 'something between changed the characters of the body: pass the raw bytes on',
  steps: ['signature_mismatch', 'body_hash_mismatch'],
  *attempts({ request, coverage }): Iterable<Attempt> {
    if (coverage.body === 'none') return;
    const body = Buffer.from(request.body);
    const withBody = (changed: Buffer): ReceivedRequest => ({ ...request, body: changed });
    const ascii = body.toString('latin1').trim();
    if (ascii.length > 3 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(ascii)) {
      yield { would: 'the body were decoded from base64', request: withBody(Buffer.from(ascii, 'base64')) };
    }
    const text = body.toString('utf8');
    if (/^"(?:[^"\\]|\\.)*"$/s.test(text.trim())) {
      const inner = innerText(text);
      if (inner !== undefined) {
        yield {
          would: 'the body were what this JSON text says, not the text itself',
          request: withBody(Buffer.from(inner)),
        };
      }
    }
    if (!/[\u0080-\uffff]/.test(text)) return;
    yield { would: 'the body were Latin-1 instead of UTF-8', request: withBody(Buffer.from(text, 'latin1')) };
    yield {
      would: 'the body were UTF-8: it was read as Latin-1 and written as UTF-8 (é became Ã©)',
      request: withBody(Buffer.from(Buffer.from(text, 'latin1').toString('utf8'), 'utf8')),
    };
  },
};

function innerText(text: string): string | undefined {
  try {
    const inner: unknown = JSON.parse(text);
    return typeof inner === 'string' ? inner : undefined;
  } catch {
    return undefined;
  }
}
