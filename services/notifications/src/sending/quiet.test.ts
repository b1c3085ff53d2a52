import { createDirectory, type QuietHours } from '@trunkline/sources/directory';
import { describe, expect, it } from 'vitest';

import { quietUntilMs } from './quiet.ts';

const night: QuietHours = { from: '21:00', to: '07:00', zone: 'Europe/Berlin', except: ['dispute_opened'] };
const noon: QuietHours = { from: '12:00', to: '13:30', zone: 'America/New_York', except: [] };

function until(
  at: string,
  template: 'missed_call' | 'dispute_opened',
  ...quiet: readonly (QuietHours | undefined)[]
): string | undefined {
  const phones = quiet.map((hours, index) => ({
    id: `phn_${index}` as const,
    tenantId: 'tnt_a',
    numbers: [],
    owners: ['per_ada' as const],
    sources: [],
    tell: new Map([
      ['missed_call' as const, ['sms']],
      ['dispute_opened' as const, ['sms']],
    ]),
    ...(hours === undefined ? {} : { quiet: hours }),
  }));
  const directory = createDirectory({ regions: new Map(), people: [], phones });
  const end = quietUntilMs({ tenantId: 'tnt_a', recipientId: 'per_ada', template }, Date.parse(at), directory);
  return end === undefined ? undefined : new Date(end).toISOString();
}

describe('quiet hours', () => {
  it.each([
    ['2026-01-15T19:59:59Z', undefined],
    ['2026-01-15T20:00:30Z', '2026-01-16T06:00:00.000Z'],
    ['2026-01-16T05:59:59Z', '2026-01-16T06:00:00.000Z'],
    ['2026-01-16T06:00:00Z', undefined],
    ['2026-07-15T19:00:00Z', '2026-07-16T05:00:00.000Z'],
  ])('over night, in the zone of the phone: at %s until %s', (at, end) => {
    expect(until(at, 'missed_call', night)).toBe(end);
  });

  it.for([
    // In the night to 29 March 2026 the clocks of Berlin go from 02:00 to 03:00, in that to 25 October from 03:00 to 02:00.
    ['21:00', '07:00', '2026-03-28T22:00:00Z', '2026-03-29T05:00:00.000Z'],
    ['21:00', '07:00', '2026-10-24T22:00:00Z', '2026-10-25T06:00:00.000Z'],
    ['21:00', '02:30', '2026-03-28T22:00:00Z', '2026-03-29T01:30:00.000Z'],
    ['21:00', '02:30', '2026-10-24T22:00:00Z', '2026-10-25T00:30:00.000Z'],
    ['01:30', '03:30', '2026-03-29T00:45:00Z', '2026-03-29T01:30:00.000Z'],
  ] as const)('from %s to %s end by the clocks that are set meanwhile: at %s until %s', ([from, to, at, end]) => {
    expect(until(at, 'missed_call', { ...night, from, to })).toBe(end);
  });

  it('may lie within a day', () => {
    expect(until('2026-01-15T17:30:00Z', 'missed_call', noon)).toBe('2026-01-15T18:30:00.000Z');
    expect(until('2026-01-15T18:30:00Z', 'missed_call', noon)).toBeUndefined();
  });

  it('do not keep back what cannot wait', () => {
    expect(until('2026-01-15T22:00:00Z', 'dispute_opened', night)).toBeUndefined();
  });

  it('of several phones of a person keep back only while all are quiet', () => {
    expect(until('2026-01-15T22:00:00Z', 'missed_call', night, undefined)).toBeUndefined();
    expect(until('2026-01-15T17:30:00Z', 'missed_call', night, noon)).toBeUndefined();
    expect(until('2026-01-15T17:30:00Z', 'missed_call', noon, noon)).toBe('2026-01-15T18:30:00.000Z');
  });

  it('are those of nobody without a phone', () => {
    expect(until('2026-01-15T22:00:00Z', 'missed_call')).toBeUndefined();
  });
});
