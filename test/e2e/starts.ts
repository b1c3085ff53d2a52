/** What the tests of `npm start` share. */
import { freePorts, randomNamespace, until } from '@trunkline/installation';
import { endpointVariables, portVariable, stackParts } from '@trunkline/stack';
import { testTopics } from '@trunkline/testkit';
import { expect, inject } from 'vitest';

import { servicePorts } from '../../scripts/start/ports.ts';
import type { Checkout, StartRun } from './checkout.ts';
import { runTrunkline } from './cli.ts';

// A dozen seconds on two quiet cores; two minutes and more were seen beside other tests on two slow ones.
export const startDeadlineMs = 300_000;

/** Ten seconds where nothing else runs; what hangs would take until it is killed. */
export const stopWithinMs = 30_000;

/** Waits until the run says that it is ready. */
export async function screen(run: StartRun, deadlineMs = startDeadlineMs): Promise<void> {
  await until('the screen', () => run.hasExited() || run.stdout().includes('Ctrl-C stops everything.'), { deadlineMs });
  expect(run.hasExited(), run.stderr()).toBe(false);
}

/** `well`, or what `trunkline doctor` says instead. */
async function doctor({ directory }: Checkout): Promise<unknown> {
  const { exitCode, json } = await runTrunkline(['doctor'], { directory, env: {} });
  return exitCode === 0 ? 'well' : json;
}

/** The same once it is well, or what it says after two minutes: on a busy machine a question of it may have no answer in time. */
export async function doctorAtLast(checkout: Checkout): Promise<unknown> {
  let said: unknown;
  const isWell = async (): Promise<boolean> => (said = await doctor(checkout)) === 'well';
  await until('all is well', isWell, { deadlineMs: 120_000, everyMs: 5_000 }).catch(() => undefined);
  return said;
}

/** Free ones for every service and server, so that nobody else's run is in the way. */
export async function portsOfItsOwn(): Promise<Readonly<Record<string, string>>> {
  const variables = [...servicePorts.map(({ variable }) => variable), ...stackParts.map(portVariable)];
  const free = await freePorts(variables.length);
  return Object.fromEntries(variables.map((variable, index) => [variable, String(free[index])]));
}

/** The servers of the test run, as an installation of its own on them. */
export async function givenServers(): Promise<Readonly<Record<string, string>>> {
  const stack = inject('stack');
  const namespace = randomNamespace();
  const endpoints = Object.entries(endpointVariables).map(([name, variable]) => [
    variable,
    stack[name as keyof typeof stack],
  ]);
  return {
    TRUNKLINE_STACK: 'env',
    ...Object.fromEntries(endpoints),
    TRUNKLINE_NAMESPACE: namespace,
    TRUNKLINE_DATABASE: `trunkline_start_${namespace.slice(1, -1)}`,
    // Of given servers it would make twelve.
    TRUNKLINE_PARTITIONS: String(testTopics.partitions),
  };
}
