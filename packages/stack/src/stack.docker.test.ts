import { expect, it } from 'vitest';

import { userEnv } from './config.ts';
import { engineProblem, startDockerStack } from './docker.ts';
import { describeStack } from './testing/describe-stack.ts';

// A first start pulls 1.5 GB of images.
const startTimeoutMs = 600_000;

const problem = await engineProblem();

it('finds an engine to start containers with', (context) => {
  if (problem !== undefined) context.skip(`cannot run here: no Docker engine (${problem})`);

  expect(problem).toBeUndefined();
});

const describeWhereItCanRun: typeof describeStack = problem === undefined ? describeStack : () => undefined;

describeWhereItCanRun({
  name: 'docker',
  start: async (kafkaProxyPort) =>
    await startDockerStack({ env: userEnv(), dataDir: '', ports: 'free', kafkaProxyPort }),
  startTimeoutMs,
});
