/**
 * `npm run faults -- --drill [ConsumerStandsStill …] [--write]`: does the fault of each alert that wakes somebody to a real installation,
 * and watches a real Prometheus fire and clear it. `--write` puts the outcomes into docs/fire-drill.md and docs/fire-drill.json.
 */
import { messageOf, TrunklineError } from '@trunkline/core';
import { createProgress, followStack } from '@trunkline/stack';

import { drills } from '../test/faults/fire-drill/drills.ts';
import { type PublishedDrill, writeDrills } from '../test/faults/fire-drill/page.ts';
import { runDrill } from '../test/faults/fire-drill/run-drill.ts';
import { type FaultServers, startFaultServers, type StartedServers } from '../test/faults/servers.ts';
import { createWorld, inWorld, root } from '../test/faults/world.ts';
import { prometheusBinary } from '../test/prometheus/prometheus.ts';
import { readOptions } from './steps/options.ts';

const stopAsked = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stopAsked.abort(new Error(`stopped by ${signal}`)));

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`trunkline: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

/** True when every alert fired and cleared. */
async function main(): Promise<boolean> {
  const usage = `npm run faults -- --drill [ALERT…] [--write]

  --write   puts the outcomes into docs/fire-drill.md

${[...drills.keys()].map((name) => `  ${name}`).join('\n')}`;
  const { values, positionals } = readOptions(usage, {
    drill: { type: 'boolean', default: true },
    write: { type: 'boolean', default: false },
  });
  const unknown = positionals.find((name) => !drills.has(name));
  if (unknown !== undefined)
    throw new TrunklineError(
      'config_invalid',
      `there is no drill ${unknown}; there are: ${[...drills.keys()].join(', ')}`,
    );
  if (!prometheusBinary.isThere())
    throw new TrunklineError('config_invalid', `${prometheusBinary.path} was not built: npm run prometheus`);
  const names = positionals.length > 0 ? positionals : [...drills.keys()];
  const servers = await startServers();
  const outcomes: PublishedDrill[] = [];
  let failed = 0;
  try {
    for (const name of names) {
      stopAsked.signal.throwIfAborted();
      try {
        outcomes.push(await drillOf(name, servers));
      } catch (error) {
        failed += 1;
        process.stdout.write(`${name}  FAILED: ${messageOf(error)}\n`);
      }
    }
  } finally {
    await servers.stop();
  }
  if (values.write) writeDrills(root, outcomes);
  process.stdout.write(`${outcomes.length} of ${names.length} alerts fired and cleared\n`);
  return failed === 0;
}

async function drillOf(name: string, servers: FaultServers): Promise<PublishedDrill> {
  const drill = drills.get(name);
  if (drill === undefined) throw new RangeError(`there is no drill ${name}`);
  const world = await createWorld(servers.stack.endpoints, {}, {});
  const outcome = await inWorld(world, () => runDrill(name, drill, { world, servers }));
  const { row, fault, firedAfterSeconds, clearedAfterSeconds } = outcome;
  process.stdout.write(
    `${name.padEnd(20)}  ${(row ?? '').padEnd(4)}  fired after ${firedAfterSeconds} s, cleared after ${clearedAfterSeconds} s  (${fault})\n`,
  );
  return { ...outcome, date: new Date().toISOString().slice(0, 10) };
}

function startServers(): Promise<StartedServers> {
  const progress = createProgress(process.stderr);
  return startFaultServers({ brokers: 1, onProgress: followStack(progress), signal: stopAsked.signal }).finally(() =>
    progress.close(),
  );
}
