/** A real Prometheus and its promtool for tests. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePorts } from '@trunkline/installation';

import { type GoBinary, goBinary } from '../setup/go-binary.ts';
import { type GoServer, startGoServer } from '../setup/go-server.ts';

const dependency = 'github.com/prometheus/prometheus';
const binaryOf = (name: string): GoBinary =>
  goBinary(import.meta.dirname, { dependency, command: `${dependency}/cmd/${name}` });

/** https://prometheus.io/docs/prometheus/latest/command-line/prometheus/ */
export const prometheusBinary: GoBinary = binaryOf('prometheus');
export const promtoolBinary: GoBinary = binaryOf('promtool');

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

export interface PrometheusServer extends GoServer {
  readonly url: string;
  /** An instant query. Rejects with what is wrong with it. */
  query(expression: string): Promise<readonly QueryResult[]>;
}

export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Scrapes the targets, one URL or several by the names of their jobs, once a second, with the rules of the files. */
export async function startPrometheus(options: {
  readonly targets: Readonly<Record<string, string | readonly string[]>>;
  readonly ruleFiles: readonly string[];
}): Promise<PrometheusServer> {
  const [port = 0] = await freePorts(1);
  const jobs = Object.entries(options.targets).map(([job, urls]) => ({
    job_name: job,
    static_configs: [{ targets: [urls].flat().map((url) => new URL(url).host) }],
  }));
  const url = `http://127.0.0.1:${port}`;
  const server = await startGoServer(prometheusBinary, {
    prepare(folder) {
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
      return [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ];
    },
    readyUrl: `${url}/-/ready`,
  });
  return { ...server, url, query: (expression) => query(url, expression) };
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
