import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { startCommand } from './start-command.ts';

const sampleDir = fileURLToPath(new URL('./testing/sample-service', import.meta.url));

interface Sample {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly says: (text: string) => Promise<void>;
  readonly exit: Promise<{ readonly code: number | null; readonly output: string }>;
}

type Start = (env: Readonly<Record<string, string>>) => Sample;

/** `start` runs the sample service as a process of its own, which ends with the test. */
const it = test.extend<{ start: Start }>({
  // oxlint-disable-next-line no-empty-pattern -- Vitest reads the names of the fixtures it depends on from here.
  start: async ({}, use) => {
    const running: ChildProcess[] = [];
    await use((env) => {
      const sample = startSample(env);
      running.push(sample.child);
      return sample;
    });
    for (const child of running) child.kill('SIGKILL');
  },
});

function startSample(env: Readonly<Record<string, string>>): Sample {
  const [program, ...args] = startCommand(sampleDir);
  const child = spawn(program, args, {
    env: { SAMPLE_NAME: 'anna', TRUNKLINE_GRACE_MS: '1500', TRUNKLINE_OPERATOR_PORT: '0', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  const heard = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const listener of heard) listener();
    });
  }
  return {
    child,
    output: () => text,
    says: (wanted) =>
      new Promise((resolve) => {
        const listener = (): void => {
          if (text.includes(wanted)) resolve();
        };
        heard.add(listener);
        listener();
      }),
    exit: once(child, 'close').then(([code]) => ({ code: code as number | null, output: text })),
  };
}

// Processes of their own: on a busy machine they start slowly.
describe.concurrent('a service process', { timeout: 30_000 }, () => {
  it('refuses a wrong environment with every mistake on standard error, and exit code 1', async ({ start }) => {
    const sample = start({ SAMPLE_NAME: '', SAMPLE_START: 'sideways', TRUNKLINE_GRACE_MS: 'soon' });

    const { code, output } = await sample.exit;

    expect(code).toBe(1);
    for (const variable of ['SAMPLE_NAME', 'SAMPLE_START', 'TRUNKLINE_GRACE_MS']) expect(output).toContain(variable);
  });

  it.for(['SIGTERM', 'SIGINT'] as const)('stops at %s with exit code 0', async (signal, { start }) => {
    const sample = start({});
    await sample.says('"started"');

    sample.child.kill(signal);

    expect((await sample.exit).code).toBe(0);
  });

  it('stops when its parent is gone', async ({ start }) => {
    const sample = start({ TRUNKLINE_PARENT_PIPE: '1' });
    await sample.says('"started"');

    sample.child.stdin?.end();

    expect((await sample.exit).code).toBe(0);
  });

  it('ends with exit code 1 when stopping takes longer than the grace time', async ({ start }) => {
    const sample = start({ SAMPLE_STOP: 'hangs' });
    await sample.says('"started"');

    sample.child.kill('SIGTERM');

    expect((await sample.exit).code).toBe(1);
  });

  it('ends at once with exit code 1 at a second signal', async ({ start }) => {
    const sample = start({ SAMPLE_STOP: 'hangs', TRUNKLINE_GRACE_MS: '60000' });
    await sample.says('"started"');

    sample.child.kill('SIGTERM');
    await sample.says('"stopping"');
    sample.child.kill('SIGTERM');

    expect((await sample.exit).code).toBe(1);
  });

  it.for(['throws', 'rejects-later'])(
    'ends with exit code 1 and one fatal line when its start %s',
    async (how, { start }) => {
      const sample = start({ SAMPLE_START: how });

      const { code, output } = await sample.exit;

      expect(code).toBe(1);
      expect(output.split('\n').filter((line) => line.includes('"fatal"'))).toHaveLength(1);
    },
  );

  it('refuses a failpoint that does not exist', async ({ start }) => {
    const sample = start({ TRUNKLINE_FAILPOINTS: 'ingress.nowhere=kill' });

    expect((await sample.exit).code).toBe(1);
  });

  it('refuses failpoints in production, and names the variable', async ({ start }) => {
    const failpoints = { TRUNKLINE_FAILPOINTS: 'ingress.after_publish=kill' };
    const production = start({ ...failpoints, NODE_ENV: 'production' });
    const test = start({ ...failpoints, NODE_ENV: 'test' });
    await test.says('"started"');

    const { code, output } = await production.exit;

    expect(code).toBe(1);
    expect(output).toMatch(/TRUNKLINE_FAILPOINTS +must not be set where NODE_ENV is production/);
  });

  it('counts into /metrics on its port for operators', async ({ start }) => {
    const port = await freePort();
    const sample = start({ TRUNKLINE_OPERATOR_PORT: String(port) });
    await sample.says('"started"');

    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

    expect(ready.status).toBe(200);
    expect(metrics).toContain('webhooks_received_total{source="src_sample",event="none"} 1');
    expect(metrics).toMatch(/^process_resident_memory_bytes [0-9]+$/m);
  });

  it('exports a span per request with neither query nor address, flushed before it ends', async ({ start }) => {
    const spans: string[] = [];
    const store = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => spans.push(chunk));
      request.on('end', () => response.writeHead(202).end());
    });
    await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
    const { port } = store.address() as AddressInfo;
    const sample = start({
      SAMPLE_START: 'serves',
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: `http://127.0.0.1:${port}/api/v2/spans`,
    });
    await sample.says('serving on');
    const [, served] = /serving on ([0-9]+)/.exec(sample.output()) ?? [];

    const answer = await fetch(`http://127.0.0.1:${served}/hooks/src_x?token=marker`);
    const { traceparent } = (await answer.json()) as { traceparent: string };
    sample.child.kill('SIGTERM');
    const { code } = await sample.exit;
    store.close();

    const exported = JSON.parse(spans.join('')) as { traceId: string; kind: string; tags: Record<string, string> }[];
    expect(code).toBe(0);
    expect(exported).toEqual([expect.objectContaining({ kind: 'SERVER', traceId: traceparent.split('-')[1] })]);
    expect(JSON.stringify(exported)).not.toMatch(/marker|client\.address|network\.peer|user_agent/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
