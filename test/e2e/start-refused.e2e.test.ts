import { readFileSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { type Checkout, createCheckout, type StartRun } from './checkout.ts';
import { occupyPort } from './processes.ts';
import { givenServers, portsOfItsOwn } from './starts.ts';

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
      /\ntrunkline: \w+ ended while starting: .*TRUNKLINE_HANDLER_DEADLINE_MS +must be longer/s,
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
