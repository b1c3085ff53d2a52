import type { DebugSummary } from '@trunkline/journal';
import { expect, it } from 'vitest';

import { createStyle, widthOf } from '../render/style.ts';
import { renderSummary } from './debug.ts';

it.each([80, 120])(
  'the errors and steps fit a screen of %d columns, whatever a reason says, and ids are whole',
  (width) => {
    const deliveryId = `dlv_${'1'.repeat(32)}`;
    const reason = 'not of the documented form: timestamp; '.repeat(90).trim();
    const log = {
      at: '2026-11-30T21:21:39.167Z',
      what: 'delivery',
      source: 'src_stripe_demo',
      name: reason,
      code: reason,
    };
    const summary = {
      summary: { totalEvents: 1, successRate: 0, commonErrors: [{ count: 7, where: 'delivery', code: reason }] },
      metrics: { deliveries: { partial: 1 }, events: {}, latency: undefined },
      logs: [{ ...log, deliveryId }],
      // What is not shown.
    } as unknown as DebugSummary;

    const text = renderSummary(summary, { style: createStyle(false), width });

    expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(width);
    expect(text).toContain(deliveryId);
  },
);
