/**
 * `npm test`: every check, the build, and every test tier, each as a step; then a table, what could not run here, and
 * as the last line `N passed, N failed`. `npm test -- --tier unit` runs one tier alone, `--property-runs 200` tries
 * so many random histories in each property test of the integration tier.
 */
import { propertyRunsVariable } from '../test/setup/property-variables.ts';
import { buildAndSmoke } from './steps/build.ts';
import { runChecks } from './steps/checks.ts';
import { abortOnInterrupt } from './steps/interrupt.ts';
import { readOptions } from './steps/options.ts';
import { failures, type Outcome, summary } from './steps/outcome.ts';
import { startSharedStack } from './steps/stack.ts';
import { runTiers, type TierName, tierNames } from './steps/tier.ts';

const signal = abortOnInterrupt();
const usage = `npm test -- [options]

  --tier NAME         one tier alone, or several: ${tierNames.join(', ')}
  --property-runs N   so many random histories in each property test of the integration tier`;
const { values, positionals } = readOptions(usage, {
  tier: { type: 'string', multiple: true },
  'property-runs': { type: 'string' },
});
const chosen = chooseTiers(values.tier);

const runs = values['property-runs'];
if (positionals.length > 0) {
  console.error(`${positionals.join(' ')} is no option\n\n${usage}`);
  process.exitCode = 2;
} else if (chosen === undefined) {
  console.error(`--tier takes one of: ${tierNames.join(', ')}`);
  process.exitCode = 2;
} else if (runs !== undefined && !/^[1-9][0-9]{0,5}$/.test(runs)) {
  console.error(`--property-runs takes a number from 1 to 999999, not ${runs}`);
  process.exitCode = 2;
} else {
  if (runs !== undefined) process.env[propertyRunsVariable] = runs;
  const outcomes: Outcome[] = [];
  if (values.tier === undefined) outcomes.push(...(await runChecks(signal)), ...(await buildAndSmoke(signal)));
  outcomes.push(...(await runChosen(chosen)));
  console.log(`\n${summary(outcomes)}`);
  process.exitCode = failures(outcomes) === 0 ? 0 : 1;
}

function chooseTiers(named: readonly string[] | undefined): readonly TierName[] | undefined {
  if (named === undefined) return tierNames;
  const tiers = tierNames.filter((tier) => named.includes(tier));
  return tiers.length === new Set(named).size ? tiers : undefined;
}

/**
 * Unit tests need no server, so they tell what they know before any is started. Fault rows start servers of their own, but
 * they wait as much as the end-to-end tests do: together they leave the machine less idle than one after the other.
 */
async function runChosen(chosen: readonly TierName[]): Promise<readonly Outcome[]> {
  const among = (...names: readonly TierName[]): readonly TierName[] => names.filter((name) => chosen.includes(name));
  const outcomes: Outcome[] = [];
  for (const tier of among('unit', 'docker')) outcomes.push(await runTiers([tier], {}, signal));
  const onServers = [among('int'), among('e2e', 'faults')].filter((tiers) => tiers.length > 0);
  outcomes.push(...(await runOnSharedStack(onServers)));
  return outcomes;
}

async function runOnSharedStack(groups: readonly (readonly TierName[])[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  if (groups.length === 0 || signal.aborted) return outcomes;
  const stack = await startSharedStack(signal);
  outcomes.push(stack.outcome);
  try {
    for (const tiers of groups) {
      outcomes.push(stack.env === undefined ? withoutStack(tiers) : await runTiers(tiers, stack.env, signal));
    }
  } finally {
    await stack.stop();
  }
  return outcomes;
}

/** The failure is the stack's, counted once; the tiers say that nobody has looked. */
function withoutStack(tiers: readonly TierName[]): Outcome {
  const couldNotRun = ['the stack did not start (see above)'];
  return { step: tiers.join(', '), passed: 0, failed: [], couldNotRun, seconds: 0 };
}
