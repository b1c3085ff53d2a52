/** The installation a benchmark measures: the real services as processes, on servers of the run's own. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import {
  type InstallationEndpoints,
  randomKey,
  type ServiceProcess,
  startService,
  type StartServiceOptions,
} from '@trunkline/installation';
import type { SourceSettings } from '@trunkline/providers';
import { createTestInstallation, type TestInstallation } from '@trunkline/testkit';

import { startWorker, type Worker } from './load/worker.ts';

export interface BenchWorld extends TestInstallation {
  readonly settings: SourceSettings;
  /** Starts a service and waits until it is ready. */
  start(options: StartServiceOptions): Promise<ServiceProcess>;
  /** Starts a program of test/bench/baselines: `express-echo`. */
  baseline(name: string): Worker;
  /** Whatever still runs is ended here; `endWith` adds something of a benchmark's own. */
  endWith(end: () => Promise<unknown>): void;
}

export const root: string = join(import.meta.dirname, '../..');
const sourceId = 'src_bench';
const readyDeadlineMs = 60_000;

export interface BenchWorldOptions {
  readonly endpoints: InstallationEndpoints;
  /** Where each service leaves a CPU profile when it stops; without it none does. */
  readonly profileDir?: string | undefined;
}

export async function createWorld({ endpoints, profileDir }: BenchWorldOptions): Promise<BenchWorld> {
  const { kafkaBrokers, registryUrl, postgresAdminUrl } = endpoints;
  const profiling = profileDir === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDir}` };
  const made = await createTestInstallation({
    root,
    endpoints: { kafkaBrokers, registryUrl, postgresAdminUrl },
    tier: 'bench',
    sourcesYaml,
    secrets: { BENCH_SECRET: `whsec_${randomKey()}` },
  });
  const ends: (() => Promise<unknown>)[] = [];
  return {
    ...made,
    settings: made.settingsOf(sourceId),
    start: async (options) => {
      const service = await startService(made.installation, { ...options, env: { ...profiling, ...options.env } });
      ends.push(() => service.stop());
      await service.ready(readyDeadlineMs);
      return service;
    },
    baseline: (name) => {
      const worker = startWorker(join(import.meta.dirname, 'baselines', `${name}.ts`));
      ends.push(() => worker.stop());
      return worker;
    },
    endWith: (end) => {
      ends.push(end);
    },
    close: async () => {
      const ended = await Promise.allSettled(ends.map((end) => end()));
      await made.close();
      const failed = ended.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw new Error('a process of the benchmark did not end', { cause: failed.reason });
      // A line per delivery: a whole run writes gigabytes that nobody reads. A run that failed keeps its logs.
      rmSync(made.installation.logDir, { recursive: true, force: true });
    },
  };
}

const sourcesYaml = `version: 1
tenants:
  - id: tnt_bench
    name: Benchmarks
sources:
  - id: ${sourceId}
    tenant: tnt_bench
    provider: stripe
    account: acct_demo
    secrets: ['env:BENCH_SECRET']
    rate: { requests: 1000000, per: 1s }
    options:
      modes: [test]
`;
