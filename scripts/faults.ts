/**
 * `npm run faults -- F1 F2 [--short] [--seed n] [--prove] [--json file] [--write]`: breaks a real installation on purpose and counts
 * what was lost and doubled. With `--prove` each safeguard is undone in turn, and the row has to notice.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

import { messageOf, TrunklineError } from '@trunkline/core';
import { createProgress, followStack } from '@trunkline/stack';

import { type PublishedOutcome, writeReliabilityPage } from '../test/faults/page.ts';
import { isGreen, outcomeJson, renderOutcome, type RowOutcome } from '../test/faults/report.ts';
import type { FaultRow } from '../test/faults/row.ts';
import { faultRows } from '../test/faults/rows.ts';
import { type FaultServers, startFaultServers } from '../test/faults/servers.ts';
import { createWorld, inWorld, root } from '../test/faults/world.ts';

interface Plan {
  readonly rows: readonly FaultRow[];
  readonly short: boolean;
  readonly seed: number;
  readonly prove: boolean;
  readonly json: string | undefined;
  readonly write: boolean;
}

const stopAsked = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stopAsked.abort(new Error(`stopped by ${signal}`)));

try {
  process.exitCode = (await main(readPlan())) ? 0 : 1;
} catch (error) {
  process.stderr.write(`trunkline: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

function readPlan(): Plan {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      prove: { type: 'boolean', default: false },
      seed: { type: 'string' },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((id) => !faultRows.some((row) => row.id === id));
  if (unknown !== undefined || (positionals.length === 0 && !values.all)) {
    const known = faultRows.map((row) => `  ${row.id}  ${row.title}`).join('\n');
    throw new TrunklineError(
      'config_invalid',
      `${unknown === undefined ? 'name the rows to run, or --all' : `there is no row ${unknown}`}; there are:\n${known}`,
    );
  }
  if (values.write && (values.short || values.prove))
    throw new TrunklineError('config_invalid', '--write publishes whole runs: leave out --short and --prove');
  const seed = values.seed === undefined ? Date.now() % 1_000_000_007 : Number(values.seed);
  if (!Number.isSafeInteger(seed))
    throw new TrunklineError('config_invalid', `--seed ${values.seed} is not a whole number`);
  return {
    rows: values.all ? faultRows : faultRows.filter((row) => positionals.includes(row.id)),
    short: values.short,
    prove: values.prove,
    seed,
    json: values.json,
    write: values.write,
  };
}

/** True when every row was green, or with `--prove` when every undone safeguard turned its row red. */
async function main(plan: Plan): Promise<boolean> {
  const progress = createProgress(process.stderr);
  const servers = await startFaultServers({ onProgress: followStack(progress), signal: stopAsked.signal }).finally(() =>
    progress.close(),
  );
  process.stderr.write(`Node ${process.version}, ${servers.stack.kind} stack, seed ${plan.seed}\n`);
  try {
    const outcomes: RowOutcome[] = [];
    for (const row of plan.rows) outcomes.push(...(await runRow(plan, row, servers)));
    if (plan.json !== undefined) {
      mkdirSync(dirname(plan.json), { recursive: true });
      writeFileSync(
        plan.json,
        `${JSON.stringify({ node: process.version, stack: servers.stack.kind, rows: outcomes.map(outcomeJson) }, undefined, 2)}\n`,
      );
    }
    if (plan.write) writeReliabilityPage(root, outcomes.map(published));
    return outcomes.every((outcome) => isGreen(outcome.report) === (outcome.undone === undefined));
  } finally {
    await servers.stop();
  }
}

function published(outcome: RowOutcome): PublishedOutcome {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return { ...outcomeJson(outcome), date: new Date().toISOString().slice(0, 10), node: process.version, machine };
}

async function runRow(plan: Plan, row: FaultRow, servers: FaultServers): Promise<readonly RowOutcome[]> {
  const outcomes: RowOutcome[] = [];
  for (const mutation of plan.prove ? row.safeguards : [undefined]) {
    stopAsked.signal.throwIfAborted();
    const startedAt = performance.now();
    const world = await createWorld(servers.stack.endpoints, { redis: row.usesRedis === true });
    const report = await inWorld(world, () =>
      row.run({
        world,
        servers,
        scale: plan.short ? row.short : row.full,
        seed: plan.seed,
        onProgress: (line) => process.stderr.write(`  ${row.id}: ${line}\n`),
        ...(mutation === undefined ? {} : { mutation }),
      }),
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
