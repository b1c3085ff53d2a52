import { startHttpServer } from '@trunkline/operations/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { exitCodes } from '../exit-codes.ts';
import { freePort } from '../testing/free-port.ts';
import { jsonLines } from '../testing/json-output.ts';
import { consumerPage, ingressPage } from '../testing/metrics-pages.ts';
import { type CommandResult, runCommandLine } from '../testing/run-command.ts';
import { createScreen, type Screen } from '../testing/screen.ts';

interface Process {
  readonly url: string;
  readonly stop: () => Promise<void>;
  page: string;
  /** Why it takes no work. */
  standing?: string;
}

let ingress: Process;
let payments: Process;
beforeEach(async () => {
  ingress = await startProcess(
    ingressPage({ answers: { 200: 6, 401: 3, 429: 1 }, rejections: { signature_invalid: 3, rate: 1 } }),
  );
  payments = await startProcess(consumerPage('payments', { applied: 4, duplicate: 2, retry: 1, dead_letter: 1 }));
});
afterEach(async () => {
  await ingress.stop();
  await payments.stop();
});

async function startProcess(page: string): Promise<Process> {
  const started: Pick<Process, 'page' | 'standing'> = { page };
  const server = await startHttpServer((request, response) => {
    if (request.url === '/readyz') {
      response.statusCode = started.standing === undefined ? 200 : 503;
      const checks = { consumer: { ok: started.standing === undefined, detail: started.standing } };
      response.end(JSON.stringify({ ready: false, phase: 'running', checks }));
      return;
    }
    response.statusCode = request.url === '/metrics' ? 200 : 404;
    response.end(started.page);
  });
  return Object.assign(started, server);
}

function monitor(
  words: readonly string[],
  world: { stdout?: Screen; signal?: AbortSignal } = {},
): Promise<CommandResult> {
  return runCommandLine(['monitor', ...words], {
    environment: {
      TRUNKLINE_INGRESS_URL: ingress.url,
      TRUNKLINE_CONSUMER_URL: payments.url,
      NO_COLOR: '1',
    },
    ...world,
  });
}

const poll = { timeout: 8_000, interval: 20 };
const documents = (text: string): ReturnType<typeof jsonLines> =>
  text.trim() === '' ? [] : jsonLines({ stdout: text });

describe('the monitor, once', () => {
  it('adds up what was received, accepted and rejected at which step, and what groups made of it', async () => {
    const { exitCode, stdout } = await monitor(['--once', '--json']);

    const figures = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    expect(figures).toMatchObject({ windowSeconds: null, processes: [{ answers: true }, { answers: true }] });
    expect(figures.sources).toEqual([
      {
        source: 'src_a',
        received: 10,
        accepted: 6,
        rejectedByStep: { signature_invalid: 3, rate: 1 },
        perSecond: null,
        p50Ms: 7.5,
        p99Ms: expect.closeTo(9.95, 5),
      },
    ]);
    expect(figures.groups).toEqual([
      {
        group: 'payments',
        processed: 6,
        applied: 4,
        stale: 0,
        duplicates: 2,
        retried: 1,
        deadLettered: 1,
        lag: null,
        openLetters: null,
        lettersOnTopic: null,
        perSecond: null,
        p50Ms: 7.5,
        p99Ms: expect.closeTo(9.95, 5),
      },
    ]);
    expect(figures.gaps).toEqual([expect.stringContaining('TRUNKLINE_KAFKA_BROKERS')]);
  });

  it('shows one source only, also one that nobody has posted to', async () => {
    const own = await monitor(['src_a', '--once', '--json']);
    const other = await monitor(['src_other', '--once', '--json']);

    expect(JSON.parse(own.stdout).sources).toHaveLength(1);
    expect(JSON.parse(other.stdout).sources).toMatchObject([{ source: 'src_other', received: 0 }]);
    expect(JSON.parse(other.stdout).groups).toMatchObject([{ group: 'payments', processed: 0 }]);
  });

  it('says which process does not answer, and why, and shows the others', async () => {
    const away = `http://127.0.0.1:${await freePort()}`;

    const { exitCode, stdout } = await monitor(['--once', '--json', '--consumer-url', `${payments.url},${away}`]);

    const figures = JSON.parse(stdout);
    expect(exitCode).toBe(exitCodes.unreachable.code);
    expect(figures.processes[2]).toMatchObject({ url: away, answers: false, reason: 'ECONNREFUSED' });
    expect(figures.groups).toMatchObject([{ group: 'payments', processed: 6 }]);
  });

  it('has no row for a process that is no consumer group', async () => {
    const journal = await startProcess('target_info{service_name="journal"} 1\n');

    const { stdout } = await monitor(['--once', '--json', '--consumer-url', `${payments.url},${journal.url}`]);
    await journal.stop();

    const figures = JSON.parse(stdout);
    expect(figures.processes).toMatchObject([{}, {}, { name: 'journal', answers: true }]);
    expect(figures.groups).toMatchObject([{ group: 'payments' }]);
  });

  it('says which group stands still, and why', async () => {
    payments.standing = 'paused (dependency_unavailable): Postgres is away';

    const json = await monitor(['--once', '--json']);
    const text = await monitor(['--once']);

    expect(JSON.parse(json.stdout).standing).toMatchObject([
      { url: payments.url, reason: expect.stringContaining('Postgres is away') },
    ]);
    expect(text.stdout).toContain('stands still: consumer: paused (dependency_unavailable): Postgres is away');
  });

  it('without a process that it could ask is a mistake that is named', async () => {
    const { exitCode, stderr } = await runCommandLine(['monitor', '--once']);

    expect(exitCode).toBe(exitCodes.usage.code);
    expect(stderr).toContain('TRUNKLINE_INGRESS_OPERATOR_URL');
  });
});

describe('the monitor that goes on', () => {
  it('gives rates and percentiles of what was added, off a terminal a document a line, and ends with 0', async () => {
    const leaving = new AbortController();
    const stdout = createScreen();
    const running = monitor([], { stdout, signal: leaving.signal });
    await vi.waitUntil(() => documents(stdout.text()).length === 1, poll);

    ingress.page = ingressPage({ answers: { 200: 16, 401: 3, 429: 1 }, rejections: { signature_invalid: 3, rate: 1 } });
    await vi.waitUntil(() => documents(stdout.text()).length >= 2, poll);
    leaving.abort();

    expect((await running).exitCode).toBe(0);
    const [first, second] = documents(stdout.text());
    expect(first.windowSeconds).toBeNull();
    expect(second.windowSeconds).toBeGreaterThan(0);
    expect(second.sources[0]).toMatchObject({ received: 20, accepted: 16, p50Ms: 7.5 });
    expect(second.sources[0].perSecond).toBeCloseTo(10 / second.windowSeconds, 5);
    // Nothing was processed meanwhile, so there is no duration either.
    expect(second.groups[0]).toMatchObject({ processed: 6, perSecond: 0, p50Ms: null });
  });

  it('counts what a process did since it was started anew, and never less than nothing', async () => {
    const leaving = new AbortController();
    const stdout = createScreen();
    const running = monitor([], { stdout, signal: leaving.signal });
    await vi.waitUntil(() => documents(stdout.text()).length === 1, poll);

    payments.page = consumerPage('payments', { applied: 3 });
    await vi.waitUntil(() => documents(stdout.text()).length >= 2, poll);
    leaving.abort();
    await running;

    const [, second] = documents(stdout.text());
    expect(second.groups[0].perSecond).toBeCloseTo(3 / second.windowSeconds, 5);
  });

  it('on a terminal draws a table that fits, in the same place, and gives the terminal back at Ctrl-C', async () => {
    const leaving = new AbortController();
    const stdout = createScreen({ isTTY: true, columns: 46, rows: 20 });
    const running = monitor([], { stdout, signal: leaving.signal });
    await vi.waitUntil(() => stdout.text().includes('src_a'), poll);

    leaving.abort();
    await running;

    // The steps and the median make room for what matters more.
    expect(stdout.text()).toMatch(/RECEIVED +ACCEPTED +REJECTED +P99/);
    expect(stdout.text().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    // NO_COLOR: no rows are faint, which titles are otherwise.
    expect(stdout.text()).not.toContain('\u001b[2m');
  });
});
