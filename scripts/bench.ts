/**
 * `npm run bench -- ingress consumer … [--all] [--rounds 5] [--seconds 5] [--json file] [--write] [--profile dir]`:
 * measures ratios on an embedded stack of its own. `--write` puts the figures into docs/benchmarks.md and
 * docs/benchmarks.json; `--profile` makes each service leave a CPU profile there (and slower while it does).
 * Its process has the young generation that services have, because parts of them run in it.
 * `--compare <revision>` measures this tree and that one in turn and prints what the change between them did.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { messageOf, TrunklineError } from '@trunkline/core';
import { createProgress, followStack, type Stack, startStack } from '@trunkline/stack';

import type { Benchmark } from '../test/bench/benchmark.ts';
import { benchmarks } from '../test/bench/benchmarks.ts';
import { compare, renderComparison } from '../test/bench/compare.ts';
import { pageFilesIn, writePage } from '../test/bench/page.ts';
import { type Conditions, type OutcomeJson, outcomeJson, renderOutcome } from '../test/bench/report.ts';
import { type BenchWorld, createWorld, root } from '../test/bench/world.ts';
import { makeDataFolder } from '../test/setup/data-folder.ts';
import { readOptions } from './steps/options.ts';

interface Plan {
  readonly benchmarks: readonly Benchmark[];
  readonly rounds: number;
  readonly seconds: number;
  readonly json: string | undefined;
  readonly write: boolean;
  readonly profile: string | undefined;
  readonly compare: string | undefined;
}

const limits = { rounds: 50, seconds: 60 } as const;

const stopAsked = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stopAsked.abort(new Error(`stopped by ${signal}`)));

try {
  const plan = readPlan();
  await (plan.compare === undefined ? main(plan) : compareWith(plan.compare, plan));
} catch (error) {
  process.stderr.write(`trunkline: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

function readPlan(): Plan {
  const { values, positionals } = readOptions(usage(), {
    all: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    profile: { type: 'string' },
    compare: { type: 'string' },
  });
  const unknown = positionals.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined || (positionals.length === 0 && !values.all)) {
    throw new TrunklineError(
      'config_invalid',
      `${unknown === undefined ? 'name the benchmarks to run, or --all' : `there is no benchmark ${unknown}`}; there are:\n${known()}`,
    );
  }
  if (values.compare !== undefined && (values.write || values.profile !== undefined || values.json !== undefined))
    throw new TrunklineError(
      'config_invalid',
      '--compare prints a table and takes neither --write, --profile nor --json',
    );
  return {
    compare: values.compare,
    benchmarks: values.all ? benchmarks : benchmarks.filter(({ name }) => positionals.includes(name)),
    rounds: wholeNumber('rounds', values.rounds),
    seconds: wholeNumber('seconds', values.seconds),
    json: values.json,
    write: values.write,
    profile: values.profile === undefined ? undefined : resolve(values.profile),
  };
}

function usage(): string {
  return `npm run bench -- NAME… [options]

  --all               every benchmark
  --rounds N          how often each side is measured (5)
  --seconds N         how long each time (5)
  --write             puts the figures into docs/benchmarks.md
  --json FILE         puts them there
  --profile FOLDER    each service leaves a CPU profile there, and is slower while it does
  --compare REVISION  measures this tree and that one in turn

${known()}`;
}

function known(): string {
  return benchmarks.map(({ name, title }) => `  ${name.padEnd(18)}  ${title}`).join('\n');
}

function wholeNumber(option: keyof typeof limits, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= limits[option]) return value;
  throw new TrunklineError('config_invalid', `--${option} ${text} is not a whole number from 1 to ${limits[option]}`);
}

async function main(plan: Plan): Promise<void> {
  // The stack's lock file stands beside its data, and goes with the folder of both.
  const directory = makeDataFolder('trunkline-bench-', tmpdir());
  const servers = lazyStack(join(directory, 'stack'));
  try {
    const outcomes: OutcomeJson[] = [];
    for (const benchmark of plan.benchmarks) {
      stopAsked.signal.throwIfAborted();
      const outcome = await runBenchmark(plan, benchmark, servers);
      outcomes.push(outcome);
      process.stdout.write(`${renderOutcome(outcome)}\n`);
    }
    if (plan.json !== undefined) writeJson(plan.json, outcomes);
    if (plan.write) {
      writePage(
        pageFilesIn(root),
        outcomes,
        benchmarks.map(({ name }) => name),
      );
      process.stderr.write('docs/benchmarks.md is written; docs/capacity.md follows from it: npm run generate\n');
    }
  } finally {
    await servers.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function compareWith(revision: string, plan: Plan): Promise<void> {
  const compared = await compare({
    ...plan,
    root,
    revision,
    names: plan.benchmarks.map(({ name }) => name),
    signal: stopAsked.signal,
    onProgress: (line) => process.stderr.write(`compare: ${line}\n`),
  });
  process.stdout.write(`${renderComparison(compared, revision)}\n`);
}

interface Servers {
  stack(): Promise<Stack>;
  stop(): Promise<void>;
}

/** The providers' cost needs no server, so none is started before one is asked for. */
function lazyStack(dataDir: string): Servers {
  let started: Promise<Stack> | undefined;
  const start = async (): Promise<Stack> => {
    const progress = createProgress(process.stderr);
    return startStack({
      dataDir,
      parts: ['kafka', 'registry', 'postgres'],
      isMeasured: true,
      onProgress: followStack(progress),
      signal: stopAsked.signal,
    }).finally(() => progress.close());
  };
  return {
    stack: () => (started ??= start()),
    stop: async () => {
      const stack = await started?.catch(() => undefined);
      await stack?.stop();
    },
  };
}

async function runBenchmark(plan: Plan, benchmark: Benchmark, servers: Servers): Promise<OutcomeJson> {
  const startedAt = performance.now();
  const conditions = conditionsOf(plan);
  process.stderr.write(`${benchmark.title}: Node ${process.version}, ${conditions.stack} stack\n`);
  let world: BenchWorld | undefined;
  try {
    const report = await benchmark.run({
      rounds: plan.rounds,
      seconds: plan.seconds,
      signal: stopAsked.signal,
      onProgress: (line) => process.stderr.write(`  ${benchmark.name}: ${line}\n`),
      world: async () =>
        (world ??= await createWorld({ endpoints: (await servers.stack()).endpoints, profileDir: plan.profile })),
    });
    return outcomeJson({ benchmark, conditions, report, seconds: (performance.now() - startedAt) / 1_000 });
  } finally {
    await world?.close();
  }
}

function conditionsOf(plan: Plan): Conditions {
  const [cpu] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    stack: 'embedded',
    machine: `${process.platform} ${process.arch}, ${cpus().length} cores (${cpu?.model ?? 'unknown'}), ${gibibytes} GiB`,
    rounds: plan.rounds,
    secondsPerMeasurement: plan.seconds,
    loadBefore: loadavg()[0] ?? 0,
    cores: cpus().length,
  };
}

function writeJson(file: string, outcomes: readonly OutcomeJson[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(outcomes, undefined, 2)}\n`);
}
