import { existsSync } from 'node:fs';

import { until } from '@trunkline/installation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { serviceNames } from '../../scripts/start/ports.ts';
import { type Checkout, createCheckout } from './checkout.ts';
import { runTrunkline } from './cli.ts';
import { givenServers, portsOfItsOwn, screen, stopWithinMs } from './starts.ts';

let checkout: Checkout;
let ports: Readonly<Record<string, string>>;
beforeEach(async () => {
  checkout = createCheckout();
  ports = await portsOfItsOwn();
});
afterEach(() => checkout?.remove());

describe('npm start', () => {
  it('ends on a screen from which one can go on, and is gone within 10 s of Ctrl-C', async () => {
    const run = checkout.start({ ...ports, ...(await givenServers()) });

    await screen(run);
    const sent = await runTrunkline(['send', 'stripe', 'payment_intent.succeeded'], {
      directory: checkout.directory,
      env: {},
    });
    const called = await runTrunkline(['send', 'twilio', 'call.completed'], { directory: checkout.directory, env: {} });
    const booked = await runTrunkline(['send', 'calendly', 'invitee.created'], {
      directory: checkout.directory,
      env: {},
    });
    const known = await runTrunkline(['send', 'hubspot', 'contact.creation'], {
      directory: checkout.directory,
      env: {},
    });
    const applied = [
      await until('the payment is applied', () => appliedEvent(eventIdOf(sent.json)), { everyMs: 250 }),
      await until('the call is applied', () => appliedEvent(eventIdOf(called.json)), { everyMs: 250 }),
      await until('the booking is applied', () => appliedEvent(eventIdOf(booked.json)), { everyMs: 250 }),
      await until('the contact is applied', () => appliedEvent(eventIdOf(known.json)), { everyMs: 250 }),
    ];
    const bookings = await runTrunkline(['bookings', 'show', 'phn_front_desk'], {
      directory: checkout.directory,
      env: {},
    });

    const metrics = await paymentsMetrics();
    const runningBefore = checkout.processes().length;
    const interruptedAt = performance.now();
    run.interrupt();
    const exitCode = await run.exited;
    const stoppedMs = performance.now() - interruptedAt;

    expect(run.stdout()).toContain(`http://127.0.0.1:${ports['TRUNKLINE_INGRESS_PORT']}/hooks/src_stripe_demo`);
    expect(sent).toMatchObject({ exitCode: 0, json: { sourceId: 'src_stripe_demo', answers: [{ status: 200 }] } });
    expect(called).toMatchObject({ exitCode: 0, json: { sourceId: 'src_twilio_demo', answers: [{ status: 204 }] } });
    // Each by the service whose it is, and by the timeline of customers.
    expect(applied).toMatchObject([
      { payments: 'applied', crm: 'applied' },
      { telephony: 'applied', crm: 'applied' },
      { calendar: 'applied', crm: 'applied' },
      { crm: 'applied' },
    ]);
    expect(bookings.json).toMatchObject({
      chains: [{ provider: 'calendly', bookings: [{ status: 'confirmed', phoneId: 'phn_front_desk' }] }],
    });
    expect(metrics).toMatch(/^first_filter_up(?:\{.*\})? 1$/m);
    // Itself and its services.
    expect(runningBefore).toBeGreaterThanOrEqual(1 + serviceNames.length);
    expect(stoppedMs).toBeLessThan(stopWithinMs);
    expect(exitCode).toBe(0);
    expect(checkout.processes()).toEqual([]);
    expect(existsSync(checkout.file('.trunkline/run.json'))).toBe(false);
  }, 300_000);
});

async function paymentsMetrics(): Promise<string> {
  const url = `http://127.0.0.1:${ports['TRUNKLINE_PAYMENTS_PORT']}/metrics`;
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  return await response.text();
}

/** The first event of what `trunkline send` sent. */
function eventIdOf(sent: unknown): string {
  const { eventIds } = sent as { readonly eventIds: readonly string[] };
  return eventIds[0] ?? 'none';
}

/** What became of the event in each group that reads its topic, once all of them are done with it. */
async function appliedEvent(eventId: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const shown = await runTrunkline(['events', 'show', eventId], { directory: checkout.directory, env: {} });
  const { groups = [] } = shown.json as {
    readonly groups?: readonly { readonly group: string; readonly row?: { readonly outcome: string } }[];
  };
  if (groups.length === 0 || groups.some(({ row }) => row === undefined)) return undefined;
  return Object.fromEntries(groups.map(({ group, row }) => [group, row?.outcome]));
}
