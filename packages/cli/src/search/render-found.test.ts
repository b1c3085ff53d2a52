import type { EventFound } from '@trunkline/journal';
import { expect, it } from 'vitest';

import { createStyle, widthOf } from '../render/style.ts';
import { renderFound } from './render-found.ts';

it('an event that came several times is one line, with how often', () => {
  const [first, again, other] = [found('evt_a', 2_000), found('evt_a', 1_000), found('evt_b', 0)];

  const text = renderFound([first, again, other], { next: undefined }, { style: createStyle(false), width: 120 });

  const [head = '', ...lines] = text.split('\n');
  expect(head.split(/ {2,}/)).toContain('TIMES');
  expect(lines).toEqual([
    expect.stringMatching(/^1970-01-01T00:00:02.* 2 × .*evt_a$/),
    expect.stringMatching(/^1970-01-01T00:00:00[^×]*evt_b$/),
  ]);
});

it.each([60, 80, 100, 120])('a line fits a screen of %d columns, with the id of the event whole', (width) => {
  const eventId = `evt_${'1'.repeat(32)}`;

  const text = renderFound([found(eventId, 0)], { next: undefined }, { style: createStyle(false), width });

  expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(width);
  expect(text).toContain(eventId);
});

function found(eventId: string, appendedAtMs: number) {
  return {
    eventId,
    type: 'payments.payment.succeeded',
    source: 'src_a',
    entity: 'payment_intent/pi_1',
    place: { topic: 'payments.payment.v1', partition: 0, offset: '0', appendedAtMs },
    groups: [],
    // What the table does not show.
  } as unknown as EventFound & { readonly groups: readonly [] };
}
