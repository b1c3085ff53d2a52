import { existsSync, readFileSync } from 'node:fs';

import { freePorts, randomNamespace, until } from '@trunkline/installation';
import { endpointVariables } from '@trunkline/stack';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';

import { servicePlans } from '../../scripts/start/ports.ts';
import { type Checkout, createCheckout, type StartRun } from './checkout.ts';
import { runTrunkline } from './cli.ts';
import { occupyPort } from './processes.ts';

const readyDeadlineMs = 50_000;
const stopWithinMs = 10_000;

let checkout: Checkout;
let ports: Readonly<Record<string, string>>;
beforeEach(async () => {
  checkout = createCheckout();
  const variables = servicePlans.flatMap(({ variable, operators }) => [
    variable,
    ...(operators === undefined ? [] : [operators.variable]),
  ]);
  const free = await freePorts(variables.length);
  ports = Object.fromEntries(variables.map((variable, index) => [variable, String(free[index])]));
});
afterEach(() => checkout?.remove());

describe('npm start, when something is wrong, says it in one line with the fix, fails, and leaves no process behind:', () => {
  it('a broken trunkline.yaml', async () => {
    const sample = readFileSync(checkout.file('trunkline.yaml'), 'utf8');
    const broken = checkout.write('broken.yaml', sample.replace('provider: stripe', 'provider: strype'));

    const run = checkout.start({ ...ports, TRUNKLINE_SOURCES: broken });

    await expectRefusal(run, /broken\.yaml:\d+:\d+ sources\[0\]\.provider: .*strype.*stripe/);
  });

  it('a port that is taken', async () => {
    const taken = await occupyPort();
    onTestFinished(() => taken.close());

    const run = checkout.start({ ...ports, TRUNKLINE_INGRESS_PORT: String(taken.port) });

    await expectRefusal(run, new RegExp(`^trunkline: port ${taken.port}, .*TRUNKLINE_INGRESS_PORT=\\d+ npm start$`));
  });

  it('no Java', async () => {
    const run = checkout.start({ ...ports, PATH: checkout.pathWith('mvn') });

    await expectRefusal(run, /^trunkline: Java 17 or newer is missing: install it \(.*TRUNKLINE_STACK=/);
  });

  it('no Maven, and nothing downloaded yet', async () => {
    const run = checkout.start({
      ...ports,
      PATH: checkout.pathWith('java'),
      TRUNKLINE_CACHE: checkout.file('empty-cache'),
    });

    await expectRefusal(run, /^trunkline: .*Maven is missing, .*: install it \(.*TRUNKLINE_STACK=/);
  });
});

describe('npm start', () => {
  it('ends on a screen from which one can go on, and is gone within 10 s of Ctrl-C', async () => {
    const run = checkout.start({ ...ports, ...(await givenServers()) });

    await until('the screen', () => run.hasExited() || run.stdout().includes('Ctrl-C stops everything.'), {
      deadlineMs: readyDeadlineMs,
    });
    expect(run.hasExited(), run.stderr()).toBe(false);
    const sent = await runTrunkline(['send', 'stripe', 'payment_intent.succeeded'], {
      directory: checkout.directory,
      env: {},
    });
    const called = await runTrunkline(['send', 'twilio', 'call.completed'], { directory: checkout.directory, env: {} });
    const applied = [
      await until('the payment is applied', () => appliedEvent(eventIdOf(sent.json)), { everyMs: 250 }),
      await until('the call is applied', () => appliedEvent(eventIdOf(called.json)), { everyMs: 250 }),
    ];

    const metrics = await paymentsMetrics();
    const runningBefore = checkout.processes().length;
    const interruptedAt = performance.now();
    run.interrupt();
    const exitCode = await run.exited;
    const stoppedMs = performance.now() - interruptedAt;

    expect(run.stdout()).toContain(`http://127.0.0.1:${ports['TRUNKLINE_INGRESS_PORT']}/hooks/src_stripe_demo`);
    expect(sent).toMatchObject({ exitCode: 0, json: { sourceId: 'src_stripe_demo', answers: [{ status: 200 }] } });
    expect(called).toMatchObject({ exitCode: 0, json: { sourceId: 'src_twilio_demo', answers: [{ status: 204 }] } });
    expect(applied).toMatchObject([
      { groups: [{ group: 'payments', row: { outcome: 'applied' } }] },
      { groups: [{ group: 'telephony', row: { outcome: 'applied' } }] },
    ]);
    expect(metrics).toMatch(/^first_filter_up(?:\{.*\})? 1$/m);
    // Itself and its services.
    expect(runningBefore).toBeGreaterThanOrEqual(1 + servicePlans.length);
    expect(stoppedMs).toBeLessThan(stopWithinMs);
    expect(exitCode).toBe(0);
    expect(checkout.processes()).toEqual([]);
    expect(existsSync(checkout.file('.trunkline/run.json'))).toBe(false);
  }, 120_000);
});

async function expectRefusal(run: StartRun, line: RegExp): Promise<void> {
  const exitCode = await run.exited;
  const lines = run.stderr().trim().split('\n');
  expect(lines.at(-1)).toMatch(line);
  // At most the heading of a list of mistakes above it, and never a stack trace.
  expect(lines.filter((text) => text.startsWith('trunkline: ')).length).toBe(1);
  expect(run.stderr()).not.toMatch(/^\s+at /m);
  expect(run.stdout()).toBe('');
  expect(exitCode).toBe(1);
  expect(checkout.processes()).toEqual([]);
}

/** The servers of the test run, as an installation of its own on them. */
async function givenServers(): Promise<Readonly<Record<string, string>>> {
  const stack = inject('stack');
  const namespace = randomNamespace();
  const endpoints = Object.entries(endpointVariables).map(([name, variable]) => [
    variable,
    stack[name as keyof typeof stack],
  ]);
  return {
    TRUNKLINE_STACK: 'env',
    ...Object.fromEntries(endpoints),
    TRUNKLINE_NAMESPACE: namespace,
    TRUNKLINE_DATABASE: `trunkline_start_${namespace.slice(1, -1)}`,
  };
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

/** What is known of the event once it has had its effect. */
async function appliedEvent(eventId: string): Promise<unknown> {
  const shown = await runTrunkline(['events', 'show', eventId], { directory: checkout.directory, env: {} });
  const { groups } = shown.json as { readonly groups?: readonly { readonly row?: unknown }[] };
  return groups?.some(({ row }) => row !== undefined) === true ? shown.json : undefined;
}
