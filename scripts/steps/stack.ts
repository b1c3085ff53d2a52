/** The servers that the tiers int and e2e share, started once and handed to each by environment. */
import { type Outcome, secondsSince, stepLine } from './outcome.ts';

export interface SharedStack {
  readonly outcome: Outcome;
  /** Undefined when it did not start. */
  readonly env: Readonly<Record<string, string>> | undefined;
  stop(): Promise<void>;
}

export async function startSharedStack(signal: AbortSignal): Promise<SharedStack> {
  const startedAtMs = performance.now();
  const outcome = (failed: readonly string[]): Outcome => ({
    step: 'stack',
    passed: failed.length === 0 ? 1 : 0,
    failed,
    couldNotRun: [],
    seconds: secondsSince(startedAtMs),
  });
  try {
    // Loaded here, so that a mistake in it is this step's failure and not the end of the whole run.
    const { endpointVariables } = await import('@trunkline/stack');
    const { startTestStack } = await import('../../test/setup/test-stack.ts');
    const stack = await startTestStack({ env: process.env, signal });
    const endpoints: Readonly<Record<string, string>> = stack.endpoints;
    const env: Record<string, string> = { TRUNKLINE_STACK: 'env' };
    for (const [name, variable] of Object.entries(endpointVariables)) env[variable] = endpoints[name] ?? '';
    console.log(`${stepLine(outcome([]))}: ${stack.description}`);
    return { outcome: outcome([]), env, stop: () => stack.stop() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.log(stepLine(outcome([reason])));
    console.log(`    ${reason}`);
    return { outcome: outcome([reason]), env: undefined, stop: async () => {} };
  }
}
