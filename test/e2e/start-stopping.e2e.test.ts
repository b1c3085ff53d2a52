import { readFileSync } from 'node:fs';

import { until } from '@trunkline/installation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Checkout, createCheckout } from './checkout.ts';
import { givenServers, portsOfItsOwn, screen, stopWithinMs } from './starts.ts';

let checkout: Checkout;
let ports: Readonly<Record<string, string>>;
beforeEach(async () => {
  checkout = createCheckout();
  ports = await portsOfItsOwn();
});
afterEach(() => checkout?.remove());

describe('npm start that is stopping', () => {
  it('ends at once at a second Ctrl-C, with everything it started', async () => {
    const run = checkout.start({ ...ports, ...(await givenServers()) });
    await screen(run);
    // It cannot end in order, so the stop takes as long as it may.
    process.kill(pidOf(checkout, 'payments'), 'SIGSTOP');

    run.interrupt();
    await until('it is stopping', () => run.stderr().includes('Stopping …'));
    const inOrder = performance.now();
    await until('a second press is told from the first', () => performance.now() - inOrder > 600);
    run.interrupt();

    expect(await run.exited).toBe(130);
    await until('everything is gone', () => checkout.processes().length === 0, { deadlineMs: stopWithinMs });
  }, 300_000);
});

function pidOf(place: Checkout, service: string): number {
  const run = JSON.parse(readFileSync(place.file('.trunkline/run.json'), 'utf8')) as {
    readonly services: readonly { readonly name: string; readonly pid: number }[];
  };
  return run.services.find(({ name }) => name === service)?.pid ?? 0;
}
