/** What Prometheus itself says of the rules: that they can be loaded, and when each of them fires. */
import { resolve } from 'node:path';

import { expect, it } from 'vitest';

import { promtool, promtoolBinary } from '../prometheus/prometheus.ts';

const root = resolve(import.meta.dirname, '../..');
const problem = promtoolBinary.isThere() ? undefined : `${promtoolBinary.path} was not built: npm run prometheus`;

it('takes the rules of all alerts', { timeout: 60_000 }, async (context) => {
  if (problem !== undefined) context.skip(`cannot run here: ${problem}`);

  const { succeeded, output } = await promtool(['check', 'rules', `${root}/helm/trunkline/files/rules/trunkline.yaml`]);

  expect(succeeded, output).toBe(true);
});

it('fires each alert at what it is for, and is silent otherwise', { timeout: 120_000 }, async (context) => {
  if (problem !== undefined) context.skip(`cannot run here: ${problem}`);

  const files = ['hours', 'minutes'].map((name) => `${root}/test/observability/${name}.generated.yaml`);
  const { succeeded, output } = await promtool(['test', 'rules', ...files]);

  expect(succeeded, output).toBe(true);
});
