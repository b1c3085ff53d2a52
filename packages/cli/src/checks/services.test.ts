import { startHttpServer } from '@trunkline/operations/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { freePort } from '../testing/free-port.ts';
import { runCommandLine } from '../testing/run-command.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** A process that answers like this at /readyz; its Date header is `aheadMs` off. */
async function startService(status: number, body: unknown, aheadMs = 0): Promise<string> {
  const { url, stop } = await startHttpServer((_request, response) => {
    response.sendDate = false;
    response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString());
    response.writeHead(status).end(JSON.stringify(body));
  });
  stops.push(stop);
  return url;
}

const ready = { ready: true, phase: 'running', checks: {} };

// oxlint-disable-next-line typescript/no-explicit-any -- a foreign answer, read field by field
async function findings(words: readonly string[], clock = Date.now): Promise<Readonly<Record<string, any>>> {
  const { stdout } = await runCommandLine(['doctor', '--json', ...words], { clock });
  return Object.fromEntries(JSON.parse(stdout).checks.map((check: { name: string }) => [check.name, check]));
}

describe('the doctor of the services', () => {
  it('says which does not take work and what it waits for, in its own words', async () => {
    const waiting = { ready: false, phase: 'running', checks: { consumer: { ok: false, detail: 'Postgres is away' } } };
    const [ingress, consumer] = [
      await startService(503, { phase: 'starting', checks: {} }),
      await startService(503, waiting),
    ];

    const found = await findings(['--ingress-url', ingress, '--consumer-url', consumer]);

    expect(found['ingress']).toMatchObject({ state: 'failed', detail: `${ingress} is not ready: starting` });
    expect(found['consumers']).toMatchObject({
      state: 'failed',
      detail: `${new URL(consumer).host} is not ready: consumer: Postgres is away`,
    });
  });

  it('names the one of several that does not answer', async () => {
    const [well, away] = [await startService(200, ready), `http://127.0.0.1:${await freePort()}`];

    const found = await findings(['--consumer-url', `${well},${away}`]);

    expect(found['consumers']).toMatchObject({ state: 'failed', detail: expect.stringContaining(away) });
    expect(found['consumers'].detail).not.toContain(well);
  });

  it('takes the address of a probe for that of its process', async () => {
    const url = await startService(200, ready);

    const found = await findings(['--consumer-url', `${url}/readyz/`, '--ingress-url', `${url}/`]);

    expect(found['consumers']).toMatchObject({ state: 'ok' });
    expect(found['ingress']).toMatchObject({ state: 'ok' });
  });
});

describe('the doctor of clocks', () => {
  it('does not take whole seconds of a Date header for a difference', async () => {
    const url = await startService(200, ready);

    const found = await findings(['--ingress-url', url]);

    expect(found['clock']).toMatchObject({ state: 'ok' });
  });

  it('blames this machine when every other clock says so, and the other one when it stands alone', async () => {
    const [right, wrong] = [await startService(200, ready), await startService(200, ready, -60_000)];

    const ours = await findings(['--ingress-url', right, '--consumer-url', right], () => Date.now() + 600_000);
    const theirs = await findings(['--ingress-url', wrong, '--consumer-url', right]);

    expect(ours['clock']).toMatchObject({ state: 'failed', fix: expect.stringContaining('set this machine right') });
    expect(theirs['clock']).toMatchObject({
      state: 'warning',
      detail: expect.stringMatching(/ahead of ingress$/),
      fix: expect.stringContaining('that of ingress'),
    });
  });

  it('compares nothing where no other clock answers', async () => {
    expect((await findings([]))['clock']).toMatchObject({ state: 'skipped' });
  });
});

describe('how the servers let us in', () => {
  it('is told, as whom and over what', async () => {
    const { access } = await findings([]);

    expect(access).toMatchObject({ state: 'ok', detail: 'Kafka in plain; the registry as nobody' });
  });

  it('is a failure where a variable says what cannot be, and names it', async () => {
    const { stdout } = await runCommandLine(['doctor', '--json'], {
      environment: { TRUNKLINE_KAFKA_TLS: 'on', TRUNKLINE_KAFKA_CA_FILE: '/nowhere', TRUNKLINE_REDIS_URL_FILE: '/no' },
    });

    const found = JSON.parse(stdout).checks.find((check: { name: string }) => check.name === 'access');
    expect(found).toMatchObject({ state: 'failed', detail: expect.stringContaining('TRUNKLINE_KAFKA_CA_FILE') });
  });
});
