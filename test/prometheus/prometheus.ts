/** A real Prometheus and its promtool for tests. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts, until } from '@trunkline/installation';

import { type GoBinary, goBinary } from '../setup/go-binary.ts';

const dependency = 'github.com/prometheus/prometheus';
const binaryOf = (name: string): GoBinary =>
  goBinary(import.meta.dirname, { dependency, command: `${dependency}/cmd/${name}` });

/** https://prometheus.io/docs/prometheus/latest/command-line/prometheus/ */
export const prometheusBinary: GoBinary = binaryOf('prometheus');
export const promtoolBinary: GoBinary = binaryOf('promtool');

const startDeadlineMs = 60_000;
const stopDeadlineMs = 10_000;
const toolDeadlineMs = 100_000;

/** What promtool says; it has looked at files only. */
export async function promtool(
  args: readonly string[],
): Promise<{ readonly succeeded: boolean; readonly output: string }> {
  return await new Promise((resolve) => {
    execFile(promtoolBinary.path, args, { timeout: toolDeadlineMs }, (error, stdout, stderr) => {
      resolve({ succeeded: error === null, output: `${stdout}${stderr}` });
    });
  });
}

export interface PrometheusServer {
  readonly url: string;
  /** An instant query. Rejects with what is wrong with it. */
  query(expression: string): Promise<readonly QueryResult[]>;
  stop(): Promise<void>;
}

export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Scrapes the targets, URLs by the names of their jobs, once a second, with the rules of the files. */
export async function startPrometheus(options: {
  readonly targets: Readonly<Record<string, string>>;
  readonly ruleFiles: readonly string[];
}): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-prometheus-'));
  const [port = 0] = await freePorts(1);
  const jobs = Object.entries(options.targets).map(([job, target]) => ({
    job_name: job,
    static_configs: [{ targets: [new URL(target).host] }],
  }));
  const config = join(folder, 'prometheus.yml');
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: options.ruleFiles,
      scrape_configs: jobs,
    }),
  );
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const server = spawn(prometheusBinary.path, args, { stdio: 'ignore' });
  const ended = once(server, 'close');
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), stopDeadlineMs);
    await ended;
    clearTimeout(late);
    rmSync(folder, { recursive: true });
  };
  try {
    await until('Prometheus answers', async () => (await fetch(`${url}/-/ready`)).ok, {
      deadlineMs: startDeadlineMs,
      everyMs: 100,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, query: (expression) => query(url, expression), stop };
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
async function query(url: string, expression: string): Promise<readonly QueryResult[]> {
  const answer = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expression }),
  });
  // The form of the page above.
  const said = (await answer.json()) as {
    readonly error?: string;
    readonly data?: {
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly value: [number, string];
      }[];
    };
  };
  if (said.data === undefined) throw new Error(`${expression}: ${said.error ?? answer.status}`);
  return said.data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}
