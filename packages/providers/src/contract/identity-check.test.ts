import type { EventDraft } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { contentDigest } from './identity-check.ts';

/** Of a whole draft these are all that a digest is made of. */
function draft(topic: string, payload: Readonly<Record<string, unknown>>): EventDraft {
  const told = {
    topic,
    type: 't',
    account: 'a',
    entity: { kind: 'k', id: 'é' },
    occurred: { at: 1, estimated: false },
  };
  return { ...told, payload } as unknown as EventDraft;
}

describe('the digest of what an event says', () => {
  it('is another where any of it is another', () => {
    const payload = { none: null, text: '\ud800"é', list: [1, { a: '' }], last: true };
    const others = [
      draft('y', payload),
      draft('x', { ...payload, none: '' }),
      draft('x', { ...payload, text: '\ud801"é' }),
      draft('x', { ...payload, list: [1, { b: '' }] }),
      { ...draft('x', payload), entity: { kind: 'k', id: 'e' } },
      { ...draft('x', payload), occurred: { estimated: true as const } },
      { ...draft('x', payload), account: 'b' },
    ];

    const digests = [draft('x', payload), ...others].map((event) => contentDigest(event));

    expect(contentDigest(draft('x', { ...payload }))).toBe(digests[0]);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('leaves out how a passed-on delivery came, and what its provider changes each time', () => {
    const digest = (headers: string, body: string): string =>
      contentDigest(draft('integration.event.v1', { headers, body: Buffer.from(body) }), ['sent']);

    expect(digest('h1', '{"a":1,"sent":1}')).toBe(digest('h2', '{"sent":2,"a":1}'));
    expect(digest('h1', '{"a":1}')).not.toBe(digest('h1', '{"a":2}'));
  });
});
