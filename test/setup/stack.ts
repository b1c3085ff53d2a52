/**
 * Vitest's global setup for the tiers that talk to real servers: `inject('stack')` in a test gives their endpoints.
 * `npm test` starts the servers once for all tiers and names them by TRUNKLINE_STACK=env; a tier that is run alone
 * starts its own here.
 */
import type { TestProject } from 'vitest/node';

import { startTestStack, type TestEndpoints, type TestStack } from './test-stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly stack: TestEndpoints;
  }
}

/** Vitest loads this file once for each project of a run, so what they share stands where all can see it. */
const shared = globalThis as typeof globalThis & { trunklineTestStack?: { stack: TestStack; users: number } };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.trunklineTestStack ??= { stack: await startTestStack({ env: process.env }), users: 0 };
  const held = shared.trunklineTestStack;
  held.users += 1;
  project.provide('stack', held.stack.endpoints);
  return async () => {
    held.users -= 1;
    if (held.users === 0) await held.stack.stop();
  };
}
