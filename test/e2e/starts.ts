/** What the tests of `npm start` share. */
import { freePorts, randomNamespace, until } from '@trunkline/installation';
import { endpointVariables, portVariable, stackParts } from '@trunkline/stack';
import { expect, inject } from 'vitest';

import { servicePorts } from '../../scripts/start/ports.ts';
import type { Checkout, StartRun } from './checkout.ts';
import { runTrunkline } from './cli.ts';

// A dozen seconds on two quiet cores.
export const startDeadlineMs = 150_000;

/** Ten seconds where nothing else runs; what hangs would take until it is killed. */
export const stopWithinMs = 30_000;

/** Waits until the run says that it is ready. */
export async function screen(run: StartRun, deadlineMs = startDeadlineMs): Promise<void> {
  await until('the screen', () => run.hasExited() || run.stdout().includes('Ctrl-C stops everything.'), { deadlineMs });
  expect(run.hasExited(), run.stderr()).toBe(false);
}

/** `well`, or what `trunkline doctor` says instead. */
export async function doctor({ directory }: Checkout): Promise<unknown> {
  const { exitCode, json } = await runTrunkline(['doctor'], { directory, env: {} });
  return exitCode === 0 ? 'well' : json;
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
  };
}
