import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

import { LongestFirst } from './test/setup/longest-first.ts';
import { propertyRunsVariable, propertySeedVariable } from './test/setup/property-variables.ts';

/**
 * One project per tier, chosen by a file's suffix. `npm test` runs them all; `npx vitest run --project unit` runs one.
 * No test is ever retried: one that fails now and then is a bug, in it or in us.
 */
// Without 'import': workers would apply it to require() too, and a CommonJS library (pg) would get its own ESM wrapper.
const conditions = ['@trunkline/source', 'node'];
const ignored = ['**/node_modules/**', '**/dist/**', '**/.trunkline/**', 'test-results/**'];

interface Tier {
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly testTimeoutMs: number;
  readonly workers: number;
  /** False: the files of a worker share its modules, which are loaded once and not for each file: a third of the work. */
  readonly isolate: boolean;
  /** True: its tests talk to the servers that test/setup/stack.ts provides, as `inject('stack')`. */
  readonly usesStack: boolean;
  /** How many random histories each property test tries, where it does not say so itself. Undefined: fast-check's own 100. */
  readonly propertyRuns?: number;
}

/**
 * A property test on real servers takes seconds: `npm test` tries few histories, and the same ones each time, so that what
 * turns red was changed; `--property-runs` tries as many as are asked for, and others each time.
 */
const usualPropertyRuns = 10;
const askedRuns = process.env[propertyRunsVariable];
const propertyRuns = Number(askedRuns ?? usualPropertyRuns);
const propertySeed = askedRuns === undefined ? { [propertySeedVariable]: '20261122' } : {};

const mending = 'packages/kafka/src/kafkajs/**/*.test.ts';

const tiers: Readonly<Record<string, Tier>> = {
  unit: {
    include: [
      '{packages,services}/**/*.test.ts',
      'scripts/**/*.test.ts',
      'test/{repo,compat,faults,bench,helm}/**/*.test.ts',
    ],
    exclude: ['**/*.int.test.ts', '**/*.fault.test.ts', '**/*.docker.test.ts', mending],
    // A test takes a second at most; a machine that others are busy on gives it a twentieth of one.
    testTimeoutMs: 60_000,
    workers: 2,
    isolate: false,
    usesStack: false,
  },
  // Its files look at kafkajs before and after it is mended, so each has modules of its own.
  'unit-isolated': {
    include: [mending],
    exclude: ['**/*.int.test.ts'],
    testTimeoutMs: 60_000,
    workers: 2,
    isolate: true,
    usesStack: false,
  },
  int: {
    include: ['{packages,services}/**/*.int.test.ts', 'test/int/**/*.int.test.ts'],
    // More than any wait in it, which then says what it waited for.
    testTimeoutMs: 120_000 * Math.max(1, propertyRuns / usualPropertyRuns),
    // They wait for servers more than they compute.
    workers: 4,
    isolate: false,
    usesStack: true,
    propertyRuns,
  },
  // The servers in containers: each file starts its own, where there is an engine.
  docker: {
    include: ['packages/stack/src/**/*.docker.test.ts', 'test/docker/**/*.docker.test.ts'],
    testTimeoutMs: 60_000,
    workers: 1,
    isolate: true,
    usesStack: false,
  },
  e2e: {
    include: ['test/e2e/**/*.e2e.test.ts'],
    // More than a service has to get ready.
    testTimeoutMs: 240_000,
    workers: 3,
    isolate: true,
    usesStack: true,
  },
  // They break servers, so each file starts its own. Rows count what is lost and doubled: a neighbour's load is no noise.
  faults: {
    include: ['test/faults/**/*.fault.test.ts'],
    testTimeoutMs: 300_000,
    workers: 3,
    isolate: true,
    usesStack: false,
  },
};

function projectOf(name: string, tier: Tier, groupOrder: number): TestProjectConfiguration {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    // Where Vitest loads the global setup.
    environments: { __vitest__: { resolve: { conditions } } },
    test: {
      name,
      include: [...tier.include],
      exclude: [...ignored, ...(tier.exclude ?? [])],
      pool: 'forks',
      // A child started by a test resolves our packages as we do.
      execArgv: ['--conditions=@trunkline/source'],
      isolate: tier.isolate,
      maxWorkers: tier.workers,
      testTimeout: tier.testTimeoutMs,
      hookTimeout: tier.testTimeoutMs,
      retry: 0,
      // How long a fact may take that a test waits for: a busy machine is no failure. Vitest's own is one second.
      expect: { poll: { timeout: Math.min(60_000, tier.testTimeoutMs) } },
      sequence: { groupOrder },
      setupFiles: ['./test/setup/property-tests.ts'],
      env: {
        ...propertySeed,
        ...(tier.propertyRuns === undefined ? {} : { [propertyRunsVariable]: String(tier.propertyRuns) }),
      },
      ...(tier.usesStack ? { globalSetup: ['./test/setup/stack.ts'] } : {}),
    },
  };
}

export default defineConfig({
  test: {
    passWithNoTests: false,
    // Stopping the stack takes a few seconds, seldom ten.
    teardownTimeout: 30_000,
    projects: Object.entries(tiers).map(([name, tier], index) => projectOf(name, tier, index)),
    sequence: { sequencer: LongestFirst },
  },
});
