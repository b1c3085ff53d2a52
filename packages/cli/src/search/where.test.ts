import { describe, expect, it } from 'vitest';

import { fieldConditionOf, says } from './where.ts';

const event = { status: 'failed', amount: 1_250, metadata: { entityId: 'pi_1' }, lines: [{ sku: 'a=b' }], note: null };

describe('a condition on a field', () => {
  it.each([
    'status=failed',
    'amount=1250',
    'metadata.entityId=pi_1',
    'lines.0.sku=a=b',
    'note=null',
    'lines=[{"sku":"a=b"}]',
  ])('holds: %s', (text) => {
    expect(says(event, fieldConditionOf(text))).toBe(true);
  });

  it.each(['status=fail', 'amount=1250.0', 'metadata.tenantId=x', 'lines.1.sku=a=b', 'toString=x', 'status.length=6'])(
    'does not hold: %s',
    (text) => {
      expect(says(event, fieldConditionOf(text))).toBe(false);
    },
  );

  it.each(['status', '=x', 'a..b=x', ''])('is refused where it names no field: %j', (text) => {
    expect(() => fieldConditionOf(text)).toThrow(/path=value/);
  });
});
