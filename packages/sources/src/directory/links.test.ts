import { describe, expect, it } from 'vitest';

import { createDirectory, type Phone } from './directory.ts';
import { type Ends, phoneOfEnds } from './links.ts';

const phone = (id: Phone['id'], number: string): Phone => ({
  id,
  tenantId: 'tnt_a',
  numbers: [number],
  owners: [],
  sources: [],
  tell: new Map(),
});
const directory = createDirectory({
  regions: new Map([['tnt_a', 'DE']]),
  people: [],
  phones: [phone('phn_1', '+4930123451'), phone('phn_2', '+4930123452'), phone('phn_3', '+4930123453')],
});

describe('a call belongs to the phone', () => {
  it.each<readonly [string, Ends, string | undefined]>([
    ['that was called, when it came in', { direction: 'inbound', from: '+4930123452', to: '+4930123451' }, 'phn_1'],
    ['that called, when it went out', { direction: 'outbound', from: '+4930123452', to: '+4930123451' }, 'phn_2'],
    [
      'that forwarded it here, when the called number is not ours',
      { direction: 'inbound', from: '+4930123452', to: '+15005550001', forwardedFrom: '+4930123453' },
      'phn_3',
    ],
    ['of either end, when nobody says which way it went', { from: '+4930123452', to: 'client:ada' }, 'phn_2'],
    ['whose number is written without its country', { direction: 'inbound', to: '030 123451' }, 'phn_1'],
    [
      'of nobody, when no number is ours',
      { direction: 'outbound', from: '+15005550001', to: '+4930123451' },
      undefined,
    ],
    ['of nobody, when nothing is known', {}, undefined],
  ])('%s', (_, ends, expected) => {
    expect(phoneOfEnds(directory, 'tnt_a', ends)?.id).toBe(expected);
  });

  it('never of another tenant', () => {
    expect(phoneOfEnds(directory, 'tnt_b', { direction: 'inbound', to: '+4930123451' })).toBeUndefined();
  });
});
