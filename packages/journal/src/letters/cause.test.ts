import { describe, expect, it } from 'vitest';

import { causeOf } from './cause.ts';

const failure = { code: 'constraint_violated', exceptionClass: 'error', message: undefined, stack: undefined };
const stackOf = (...frames: readonly string[]): string =>
  ['error', ...frames.map((frame) => `    at ${frame}`)].join('\n');

describe('the cause of a dead letter', () => {
  it.each([
    [
      'async Object.apply (file:///srv/app/services/payments/src/handlers/payment.ts:12:3)',
      'Object.apply services/payments/src/handlers/payment.ts',
    ],
    ['new Ledger (/app/packages/postgres/dist/ledger.js:1:20)', 'Ledger packages/postgres/src/ledger.ts'],
    ['file:///app/services/crm/src/app.ts:7:1', 'services/crm/src/app.ts'],
    ['parse (/app/services/crm/node_modules/x/index.js:7:1)', undefined],
    ['node:internal/process/task_queues:104:5', undefined],
  ])('has the frame of %s', (line, frame) => {
    expect(causeOf({ ...failure, stack: stackOf(line) }).frame).toBe(frame);
  });

  it('looks for the frame of a service behind those of packages and libraries', () => {
    const stack = stackOf(
      'Client.query (/app/node_modules/pg/lib/client.js:5:1)',
      'send (/app/packages/postgres/src/run-once.ts:99:1)',
      'apply (/app/services/payments/src/handlers/payment.ts:12:3)',
    );

    expect(causeOf({ ...failure, stack }).frame).toBe('apply services/payments/src/handlers/payment.ts');
  });

  it('is the same in another line of the same function, and another for another constraint', () => {
    const at = (line: number) => stackOf(`apply (/app/services/payments/src/handlers/payment.ts:${line}:3)`);
    const refused = (constraint: string): string =>
      `new row for relation "…" violates check constraint "…" (23514) [table payment constraint ${constraint}]`;

    const one = causeOf({ ...failure, stack: at(12), message: refused('no_big_orders') });

    expect(one).toMatchObject({ constraint: 'no_big_orders', id: 'cau_ac4c806379885c22a0e00255e729eb9d' });
    expect(causeOf({ ...failure, stack: at(90), message: refused('no_big_orders') }).id).toBe(one.id);
    expect(causeOf({ ...failure, stack: at(12), message: refused('known_currency') }).id).not.toBe(one.id);
  });

  it('is found at once in headers of a megabyte, which nobody of ours writes', () => {
    const brackets = `${'['.repeat(1_000_000)}] [constraint no_big_orders]`;
    const frames = `    at ${' ('.repeat(500_000)}/services/`;

    expect(causeOf({ ...failure, message: brackets, stack: frames })).toMatchObject({
      constraint: 'no_big_orders',
      frame: undefined,
    });
  });
});
