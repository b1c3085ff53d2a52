import { describe, expect, it } from 'vitest';

import { createStyle, widthOf } from '../render/style.ts';
import { createTailLines } from './render.ts';
import type { TailedRecord } from './tailed-record.ts';

const record: TailedRecord = {
  topic: 'integration.event.v1',
  partition: 11,
  offset: 123_456_789n,
  appendedAtMs: 1_700_000_000_000,
  eventId: `evt_${'1'.repeat(32)}`,
  type: 'integration.event.received',
  providerType: 'pull_request.opened',
  tenantId: 'tnt_demo',
  key: 'tnt_demo:src_github:0123456789012345678901234567890123456789',
  headers: {},
  record: {},
  undecodable: undefined,
};

describe('a followed record', () => {
  it.each([60, 80, 100, 120, 160, 240])('fits a screen of %d columns, with its id and what it is', (width) => {
    const text = createTailLines(createStyle(false), width)(record);

    expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(width);
    expect(text).toContain(record.eventId);
    expect(text).toContain('integration.event.v1/11/123456789');
    expect(text).toContain(width < 70 ? 'integration.event.received' : 'pull_request.opened');
  });

  it('is one line where there is room', () => {
    expect(createTailLines(createStyle(true), 240)(record).split('\n')).toHaveLength(1);
  });
});
