import { until } from '@trunkline/installation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Checkout, createCheckout } from './checkout.ts';
import { doctorAtLast, portsOfItsOwn, screen } from './starts.ts';

let checkout: Checkout;
let ports: Readonly<Record<string, string>>;
beforeEach(async () => {
  checkout = createCheckout();
  ports = await portsOfItsOwn();
});
afterEach(() => checkout?.remove());

describe('a server of npm start that is killed', () => {
  it('is told in its terminal, and started again', async () => {
    const run = checkout.start({
      ...ports,
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
    });
    await screen(run);
    const postgres = Number(/PostgreSQL +\S+ +pid (\d+)/.exec(run.stdout())?.[1]);

    process.kill(postgres, 'SIGKILL');

    await until('it is told', () => /^PostgreSQL ended unexpectedly \(SIGKILL\)/m.test(run.stderr()));
    await until('it runs again', () => /^PostgreSQL is ready again/m.test(run.stderr()), { deadlineMs: 60_000 });
    const told = run.stderr();
    expect(await doctorAtLast(checkout)).toBe('well');
    expect(told.indexOf('PostgreSQL is ready again')).toBeGreaterThan(told.indexOf('PostgreSQL ended unexpectedly'));
  }, 600_000);
});
