/**
 * `npm run faults -- F1 F2 [--short] [--workers n] [--seed n] [--prove] [--json file] [--write]`: breaks a real installation on purpose and counts
 * what was lost and doubled. With `--prove` each safeguard is undone in turn, and the row has to notice. With `--workers`
 * so many processes serve the port of each ingress. `--drill` watches alerts instead: fire-drill.ts.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';

import { messageOf, TrunklineError } from '@trunkline/core';
import { createProgress, followStack } from '@trunkline/stack';

import { type PublishedOutcome, writeReliabilityPage } from '../test/faults/page.ts';
import { isGreen, outcomeJson, renderOutcome, type RowOutcome } from '../test/faults/report.ts';
import { type FaultRow, shortScale } from '../test/faults/row.ts';
import { faultRows } from '../test/faults/rows.ts';
import { runRow } from '../test/faults/run-row.ts';
import { createServerPool, type FaultServers, startFaultServers, type StartedServers } from '../test/faults/servers.ts';
import { createWorld, inWorld, root } from '../test/faults/world.ts';
import { readOptions } from './steps/options.ts';

interface Plan {
  readonly rows: readonly FaultRow[];
  readonly short: boolean;
  readonly workers: number;
  readonly seed: number;
  readonly prove: boolean;
  readonly json: string | undefined;
  readonly write: boolean;
}

const stopAsked = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stopAsked.abort(new Error(`stopped by ${signal}`)));

// The other thing to break an installation for; it has a command line of its own.
if (process.argv.includes('--drill')) await import('./fire-drill.ts');
else
  try {
    process.exitCode = (await main(readPlan())) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`trunkline: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }

function readPlan(): Plan {
  const { values, positionals } = readOptions(usage(), {
    all: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    workers: { type: 'string', default: '1' },
    prove: { type: 'boolean', default: false },
    seed: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  });
  const unknown = positionals.find((id) => !faultRows.some((row) => row.id === id));
  if (unknown !== undefined || (positionals.length === 0 && !values.all)) {
    throw new TrunklineError(
      'config_invalid',
      `${unknown === undefined ? 'name the rows to run, or --all' : `there is no row ${unknown}`}; there are:\n${known()}`,
    );
  }
  const workers = Number(values.workers);
  if (!Number.isInteger(workers) || workers < 1 || workers > 16)
    throw new TrunklineError('config_invalid', `--workers ${values.workers} is not a whole number from 1 to 16`);
  if (values.write && (values.short || values.prove || workers !== 1))
    throw new TrunklineError(
      'config_invalid',
      '--write publishes whole runs with one process: leave out --short, --prove and --workers',
    );
  const chosen = values.all ? faultRows : faultRows.filter((row) => positionals.includes(row.id));
  const rows = values.short ? chosen.filter((row) => shortScale(row) !== undefined) : chosen;
  for (const row of chosen) if (!rows.includes(row)) process.stderr.write(`  ${row.id}:${leftOut(row)}\n`);
  const seed = values.seed === undefined ? Date.now() % 1_000_000_007 : Number(values.seed);
  if (!Number.isSafeInteger(seed))
    throw new TrunklineError('config_invalid', `--seed ${values.seed} is not a whole number`);
  return {
    rows,
    short: values.short,
    workers,
    prove: values.prove,
    seed,
    json: values.json,
    write: values.write,
  };
}

function usage(): string {
  return `npm run faults -- ROW… [options]

  --all         every row
  --short       as npm test runs them
  --prove       undoes each safeguard in turn: the row has to notice
  --workers N   processes at the port of each ingress (1)
  --seed N      repeats a run
  --write       puts the outcomes into docs/reliability.md
  --json FILE   puts them there
  --drill       watches alerts instead: npm run faults -- --drill --help

${known()}`;
}

function known(): string {
  return faultRows.map((row) => `  ${row.id.padEnd(4)}  ${row.title}${leftOut(row)}`).join('\n');
}

/** Why a row has no short form; nothing when it has one. */
function leftOut({ short }: FaultRow): string {
  return 'none' in short ? ` (has no short form: ${short.none})` : '';
}

/** True when every row was green, or with `--prove` when every undone safeguard turned its row red. */
async function main(plan: Plan): Promise<boolean> {
  const pool = createServerPool(startServers);
  process.stderr.write(`Node ${process.version}, embedded stack, seed ${plan.seed}\n`);
  try {
    const outcomes: RowOutcome[] = [];
    let couldNotRun = 0;
    for (const row of plan.rows) {
      const reason = await row.cannotRun?.();
      if (reason === undefined) outcomes.push(...(await pool.lend(row, (servers) => runPlanned(plan, row, servers))));
      else {
        couldNotRun += 1;
        process.stdout.write(`${row.id}  ${row.title}\n    CANNOT RUN HERE: ${reason}\n`);
      }
    }
    if (couldNotRun > 0) process.stdout.write(`${couldNotRun} of ${plan.rows.length} rows could not run here\n`);
    if (plan.json !== undefined) {
      mkdirSync(dirname(plan.json), { recursive: true });
      writeFileSync(
        plan.json,
        `${JSON.stringify({ node: process.version, stack: 'embedded', rows: outcomes.map(outcomeJson) }, undefined, 2)}\n`,
      );
    }
    if (plan.write) writeReliabilityPage(root, outcomes.map(published));
    return outcomes.every((outcome) => isGreen(outcome.report) === (outcome.undone === undefined));
  } finally {
    await pool.stop();
  }
}

function startServers(brokers: number): Promise<StartedServers> {
  const progress = createProgress(process.stderr);
  const starting = startFaultServers({ brokers, onProgress: followStack(progress), signal: stopAsked.signal });
  return starting.finally(() => progress.close());
}

function published(outcome: RowOutcome): PublishedOutcome {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return { ...outcomeJson(outcome), date: new Date().toISOString().slice(0, 10), node: process.version, machine };
}

async function runPlanned(plan: Plan, row: FaultRow, servers: FaultServers): Promise<readonly RowOutcome[]> {
  const outcomes: RowOutcome[] = [];
  for (const mutation of plan.prove ? row.safeguards : [undefined]) {
    stopAsked.signal.throwIfAborted();
    const startedAt = performance.now();
    const scale = (plan.short ? shortScale(row) : undefined) ?? row.full;
    const given = { ...scale, ingressWorkers: plan.workers };
    const world = await createWorld(servers.stack.endpoints, row, given);
    const report = await inWorld(world, () =>
      unlessStopped(
        runRow(row, {
          world,
          servers,
          scale,
          seed: plan.seed,
          onProgress: (line) => process.stderr.write(`  ${row.id}: ${line}\n`),
          ...(mutation === undefined ? {} : { mutation }),
        }),
      ),
    );
    const outcome = {
      row,
      seed: plan.seed,
      undone: mutation?.undoes,
      report,
      seconds: (performance.now() - startedAt) / 1_000,
    };
    outcomes.push(outcome);
    process.stdout.write(`${renderOutcome(outcome)}\n`);
    if (mutation !== undefined)
      process.stdout.write(
        `    ${isGreen(report) ? 'NOT NOTICED: this safeguard is not tested' : 'noticed: red, as it should be'}\n`,
      );
  }
  return outcomes;
}

/** A row takes up to a quarter of an hour: whoever stops it waits for the end of its processes, not for its own. */
async function unlessStopped<T>(work: Promise<T>): Promise<T> {
  const stopped = new Promise<never>((_resolve, reject) => {
    const { signal } = stopAsked;
    // It is aborted with an Error, and in one place.
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, stopped]);
}
