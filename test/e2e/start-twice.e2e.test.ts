import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { type Checkout, createCheckout, type StartRun } from './checkout.ts';
import { doctor, givenServers, portsOfItsOwn, screen } from './starts.ts';

let checkout: Checkout;
let ports: Readonly<Record<string, string>>;
beforeEach(async () => {
  checkout = createCheckout();
  ports = await portsOfItsOwn();
});
afterEach(() => checkout?.remove());

describe('two installations on the same servers', () => {
  it('are both well, before and after the other one starts again', async () => {
    const other = createCheckout();
    onTestFinished(() => other.remove());
    const [otherPorts, ours, theirs] = [await portsOfItsOwn(), await givenServers(), await givenServers()];
    const started = async (place: Checkout, env: Readonly<Record<string, string>>): Promise<StartRun> => {
      const run = place.start(env);
      await screen(run);
      return run;
    };

    await started(checkout, { ...ports, ...ours });
    const second = await started(other, { ...otherPorts, ...theirs });
    const before = [await doctor(checkout), await doctor(other)];
    second.interrupt();
    await second.exited;
    await started(other, { ...otherPorts, ...theirs });

    expect(before).toEqual(['well', 'well']);
    expect([await doctor(checkout), await doctor(other)]).toEqual(['well', 'well']);
  }, 480_000);
});
