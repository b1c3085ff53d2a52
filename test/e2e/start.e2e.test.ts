import { existsSync, readFileSync } from 'node:fs';

import { freePorts, randomNamespace, until } from '@trunkline/installation';
import { endpointVariables, portVariable, stackParts } from '@trunkline/stack';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';

import { serviceNames, servicePorts } from '../../scripts/start/ports.ts';
import { type Checkout, createCheckout, type StartRun } from './checkout.ts';
import { runTrunkline } from './cli.ts';
import { occupyPort } from './processes.ts';

// A dozen seconds on two quiet cores.
const readyDeadlineMs = 150_000;
const stopWithinMs = 10_000;

let checkout: Checkout;
let ports: Readonly<Record<string, string>>;
beforeEach(async () => {
  checkout = createCheckout();
  ports = await portsOfItsOwn();
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

    await expectRefusal(
      run,
      new RegExp(`^trunkline: port ${taken.port}, which ingress wants, .*TRUNKLINE_INGRESS_PORT=\\d+ npm start$`),
    );
  });

  it('ports that are taken, of a service and of a server at once', async () => {
    const [service, server] = [await occupyPort(), await occupyPort()];
    onTestFinished(async () => {
      await service.close();
      await server.close();
    });

    const run = checkout.start({
      ...ports,
      TRUNKLINE_INGRESS_PORT: String(service.port),
      TRUNKLINE_REDIS_PORT: String(server.port),
    });

    await expectRefusal(
      run,
      new RegExp(`^trunkline: port ${service.port}, .*port ${server.port}, which Redis wants, .*TRUNKLINE_REDIS_PORT=`),
    );
  });

  it('a variable with a value that means nothing', async () => {
    const run = checkout.start({ ...ports, TRUNKLINE_TRUSTED_PROXIES: 'my proxy' });

    await expectRefusal(run, /TRUNKLINE_TRUSTED_PROXIES .*10\.0\.0\.0\/8/);
  });

  it('a service that ends while it starts, by its own last words, with no other service left', async () => {
    const run = checkout.start({
      ...ports,
      ...(await givenServers()),
      // Right by itself, wrong beside the standard timeout of a statement, which only the consumers can know.
      TRUNKLINE_HANDLER_DEADLINE_MS: '600',
    });

    const exitCode = await run.exited;

    expect(run.stderr()).toMatch(
      /\ntrunkline: (?:payments|telephony) ended while starting: .*TRUNKLINE_HANDLER_DEADLINE_MS +must be longer/s,
    );
    expect(run.stdout()).toBe('');
    expect(exitCode).toBe(1);
    expect(checkout.processes()).toEqual([]);
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

    await screen(run);
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
    expect(runningBefore).toBeGreaterThanOrEqual(1 + serviceNames.length);
    expect(stoppedMs).toBeLessThan(stopWithinMs);
    expect(exitCode).toBe(0);
    expect(checkout.processes()).toEqual([]);
    expect(existsSync(checkout.file('.trunkline/run.json'))).toBe(false);
  }, 300_000);
});

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
    await until('everything is gone', () => checkout.processes().length === 0, { deadlineMs: 3_000 });
  }, 300_000);
});

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

    await until('it is told', () => /^PostgreSQL ended unexpectedly \(SIGKILL\)/m.test(run.stderr()), {
      deadlineMs: 5_000,
    });
    await until('it runs again', () => /^PostgreSQL is ready again/m.test(run.stderr()), { deadlineMs: 60_000 });
    const told = run.stderr();
    let said: unknown;
    const isWell = async (): Promise<boolean> => (said = await doctor(checkout)) === 'well';
    // Why not, if it does not get there, is what the doctor said last.
    await until('all is well', isWell, { deadlineMs: 120_000, everyMs: 1_000 }).catch(() => undefined);
    expect(said).toBe('well');
    expect(told.indexOf('PostgreSQL is ready again')).toBeGreaterThan(told.indexOf('PostgreSQL ended unexpectedly'));
  }, 480_000);
});

/** Waits until the run says that it is ready. */
async function screen(run: StartRun, deadlineMs = readyDeadlineMs): Promise<void> {
  await until('the screen', () => run.hasExited() || run.stdout().includes('Ctrl-C stops everything.'), { deadlineMs });
  expect(run.hasExited(), run.stderr()).toBe(false);
}

/** `well`, or what `trunkline doctor` says instead. */
async function doctor({ directory }: Checkout): Promise<unknown> {
  const { exitCode, json } = await runTrunkline(['doctor'], { directory, env: {} });
  return exitCode === 0 ? 'well' : json;
}

function pidOf(place: Checkout, service: string): number {
  const run = JSON.parse(readFileSync(place.file('.trunkline/run.json'), 'utf8')) as {
    readonly services: readonly { readonly name: string; readonly pid: number }[];
  };
  return run.services.find(({ name }) => name === service)?.pid ?? 0;
}

/** Free ones for every service and server, so that nobody else's run is in the way. */
async function portsOfItsOwn(): Promise<Readonly<Record<string, string>>> {
  const variables = [...servicePorts.map(({ variable }) => variable), ...stackParts.map(portVariable)];
  const free = await freePorts(variables.length);
  return Object.fromEntries(variables.map((variable, index) => [variable, String(free[index])]));
}

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
