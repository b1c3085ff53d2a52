/**
 * `npm test`: every check, the build, and every test tier, each as a step; then a table, what could not run here, and
 * as the last line `N passed, N failed`. `npm test -- --tier unit` runs one tier alone, `--tier int FILE` of it the files
 * whose path has that in it, `--property-runs 200` tries so many random histories in each property test of the
 * integration tier.
 */
import { propertyRunsVariable } from '../test/setup/property-variables.ts';
import { buildAndSmoke } from './steps/build.ts';
import { runChecks } from './steps/checks.ts';
import { abortOnInterrupt } from './steps/interrupt.ts';
import { readOptions } from './steps/options.ts';
import { failures, type Outcome, summary } from './steps/outcome.ts';
import { startSharedStack } from './steps/stack.ts';
import { runTier, type TierName, tierNames } from './steps/tier.ts';

const signal = abortOnInterrupt();
const usage = `npm test -- [options] [FILE …]

  --tier NAME         one tier alone, or several: ${tierNames.join(', ')}
  FILE                of one tier, only files whose path has this in it
  --property-runs N   so many random histories in each property test of the integration tier`;
const { values, positionals } = readOptions(usage, {
  tier: { type: 'string', multiple: true },
  'property-runs': { type: 'string' },
});
const chosen = chooseTiers(values.tier);

const runs = values['property-runs'];
if (positionals.length > 0 && values.tier?.length !== 1) {
  console.error(`${positionals.join(' ')}: files are of one tier, which --tier names\n\n${usage}`);
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
  outcomes.push(...(await runTiers(chosen)));
  console.log(`\n${summary(outcomes)}`);
  process.exitCode = failures(outcomes) === 0 ? 0 : 1;
}

function chooseTiers(named: readonly string[] | undefined): readonly TierName[] | undefined {
  if (named === undefined) return tierNames;
  const tiers = tierNames.filter((tier) => named.includes(tier));
  return tiers.length === new Set(named).size ? tiers : undefined;
}

/** Unit tests need no server, so they tell what they know before any is started; what breaks servers starts its own. */
async function runTiers(tiers: readonly TierName[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const tier of tiers.filter((name) => name === 'unit' || name === 'docker')) {
    outcomes.push(await runTier(tier, { files: positionals, env: {}, signal }));
  }
  outcomes.push(...(await runOnSharedStack(tiers.filter((tier) => tier === 'int' || tier === 'e2e'))));
  if (tiers.includes('faults') && !signal.aborted)
    outcomes.push(await runTier('faults', { files: positionals, env: {}, signal }));
  return outcomes;
}

async function runOnSharedStack(tiers: readonly TierName[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  if (tiers.length === 0 || signal.aborted) return outcomes;
  const stack = await startSharedStack(signal);
  outcomes.push(stack.outcome);
  try {
    for (const tier of tiers) {
      outcomes.push(
        stack.env === undefined
          ? withoutStack(tier)
          : await runTier(tier, { files: positionals, env: stack.env, signal }),
      );
    }
  } finally {
    await stack.stop();
  }
  return outcomes;
}

/** The failure is the stack's, counted once; the tier says that nobody has looked. */
function withoutStack(tier: TierName): Outcome {
  return { step: tier, passed: 0, failed: [], couldNotRun: ['the stack did not start (see above)'], seconds: 0 };
}
