import { existsSync, readFileSync } from 'node:fs';

import { until } from '@trunkline/installation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { serviceNames } from '../../scripts/start/ports.ts';
import { type Checkout, createCheckout, type StartRun } from './checkout.ts';
import { runTrunkline } from './cli.ts';
import { doctorAtLast, givenServers, portsOfItsOwn, screen, startDeadlineMs, stopWithinMs } from './starts.ts';

let checkout: Checkout;
let ports: Readonly<Record<string, string>>;
let servers: Readonly<Record<string, string>>;
let run: StartRun;
/** Another installation on the same servers. */
let other: Checkout;
let otherRun: StartRun;
beforeAll(async () => {
  checkout = createCheckout();
  other = createCheckout();
  ports = await portsOfItsOwn();
  servers = await givenServers();
  run = checkout.start({ ...ports, ...servers });
  await screen(run);
  // The wait for the screen says what was printed instead; it ends first.
}, startDeadlineMs + 30_000);
afterAll(async () => {
  await other?.remove();
  await checkout?.remove();
});

describe('npm start', () => {
  it('ends on a screen from which one can go on', async () => {
    const send = (...args: readonly string[]): ReturnType<typeof trunkline> => trunkline('send', ...args);
    const sent = await send('stripe', 'payment_intent.succeeded');
    const called = await send('twilio', 'call.completed');
    const booked = await send('calendly', 'invitee.created');
    const known = await send('hubspot', 'contact.creation');
    // What has just started computes for the first time, beside other starts: a minute is no failure yet.
    const wait = { everyMs: 250, deadlineMs: 200_000 };
    const applied = [
      await until('the payment is applied', () => appliedEvent(eventIdOf(sent.json)), wait),
      await until('the call is applied', () => appliedEvent(eventIdOf(called.json)), wait),
      await until('the booking is applied', () => appliedEvent(eventIdOf(booked.json)), wait),
      await until('the contact is applied', () => appliedEvent(eventIdOf(known.json)), wait),
    ];
    const bookings = await trunkline('bookings', 'show', 'phn_front_desk');

    const metrics = await paymentsMetrics();

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
  }, 600_000);

  it('is well beside another installation on its servers, before and after that one starts again', async () => {
    const env = { ...(await portsOfItsOwn()), ...(await givenServers()) };
    const first = other.start(env);
    await screen(first);
    const before = [await doctorAtLast(checkout), await doctorAtLast(other)];
    first.interrupt();
    await first.exited;
    otherRun = other.start(env);
    await screen(otherRun);

    expect(before).toEqual(['well', 'well']);
    expect([await doctorAtLast(checkout), await doctorAtLast(other)]).toEqual(['well', 'well']);
  }, 900_000);

  it('ends at once at a second Ctrl-C, with everything it started', async () => {
    // It cannot end in order, so the stop takes as long as it may.
    process.kill(pidOf(other, 'payments'), 'SIGSTOP');

    otherRun.interrupt();
    await until('it is stopping', () => otherRun.stderr().includes('Stopping …'));
    const inOrder = performance.now();
    await until('a second press is told from the first', () => performance.now() - inOrder > 600);
    otherRun.interrupt();

    expect(await otherRun.exited).toBe(130);
    await until('everything is gone', () => other.processes().length === 0, { deadlineMs: stopWithinMs });
  }, 120_000);

  it('is gone within 10 s of Ctrl-C', async () => {
    const runningBefore = checkout.processes().length;
    const interruptedAt = performance.now();
    run.interrupt();
    const exitCode = await run.exited;
    const stoppedMs = performance.now() - interruptedAt;

    // Itself and its services.
    expect(runningBefore).toBeGreaterThanOrEqual(1 + serviceNames.length);
    expect(stoppedMs).toBeLessThan(stopWithinMs);
    expect(exitCode).toBe(0);
    expect(checkout.processes()).toEqual([]);
    expect(existsSync(checkout.file('.trunkline/run.json'))).toBe(false);
  }, 120_000);
});

function pidOf(place: Checkout, service: string): number {
  const file = JSON.parse(readFileSync(place.file('.trunkline/run.json'), 'utf8')) as {
    readonly services: readonly { readonly name: string; readonly pid: number }[];
  };
  return file.services.find(({ name }) => name === service)?.pid ?? 0;
}

async function trunkline(...args: readonly string[]): ReturnType<typeof runTrunkline> {
  return await runTrunkline(args, { directory: checkout.directory, env: {} });
}

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
  const shown = await trunkline('events', 'show', eventId);
  const { groups = [] } = shown.json as {
    readonly groups?: readonly { readonly group: string; readonly row?: { readonly outcome: string } }[];
  };
  if (groups.length === 0 || groups.some(({ row }) => row === undefined)) return undefined;
  return Object.fromEntries(groups.map(({ group, row }) => [group, row?.outcome]));
}
