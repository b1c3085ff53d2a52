import { expect, it } from 'vitest';

import { statementName } from './statement-name.ts';

it.each([
  ['INSERT INTO payments.inbox (event_id) VALUES ($1) ON CONFLICT DO NOTHING', 'insert payments.inbox'],
  ['\n  insert into "payments"."payment" AS p SELECT 1', 'insert payments.payment'],
  ['WITH given AS (SELECT 1) UPDATE payments.payment SET a = 1', 'update payments.payment'],
  ['DELETE FROM ONLY payments.inbox WHERE true', 'delete payments.inbox'],
  ["SELECT set_config('trunkline.tenants', $1, true)", 'select'],
  ['SELECT epoch FROM trunkline.inbox_epoch', 'select trunkline.inbox_epoch'],
  ['BEGIN', 'begin'],
  ['', undefined],
])('a span of %j is called %j', (text, name) => {
  expect(statementName(text)).toBe(name);
});
