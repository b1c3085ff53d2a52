/** The servers of a test run: resolved once, in a directory of their own, and gone with it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { forgetAtPowerLoss } from '@trunkline/postgres/testing';
import { type endpointVariables, partTitles, resolveStack, type StackProgress } from '@trunkline/stack';

import { makeDataFolder } from './data-folder.ts';

/** What a test may know of the stack. Plain text, because Vitest hands it over to its workers. */
export type TestEndpoints = Readonly<Record<keyof typeof endpointVariables, string>>;

export interface TestStack {
  readonly description: string;
  readonly endpoints: TestEndpoints;
  /** Stops what was started for us and removes its data. */
  stop(): Promise<void>;
}

export interface TestStackOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** `TRUNKLINE_STACK` says which. One that is started here takes free ports, so that it disturbs no other. */
export async function startTestStack(options: TestStackOptions): Promise<TestStack> {
  // The stack's lock file stands beside its data, so both get a parent that can be removed as a whole.
  const parent = makeDataFolder('trunkline-test-');
  const removeData = (): void => rmSync(parent, { recursive: true, force: true });
  let stopping = false;
  const onProgress = (event: StackProgress): void => {
    if (!stopping) say(event);
  };
  try {
    const stack = await resolveStack({ ...options, dataDir: join(parent, 'stack'), ports: 'free', onProgress });
    const { kafkaBrokers, registryUrl, postgresAdminUrl, redisUrl, zipkinUrl } = stack.endpoints;
    if (stack.kind !== 'env') await forgetAtPowerLoss(postgresAdminUrl);
    return {
      description: stack.description,
      endpoints: { kafkaBrokers, registryUrl, postgresAdminUrl, redisUrl, zipkinUrl },
      stop: async () => {
        stopping = true;
        await stack.stop();
        removeData();
      },
    };
  } catch (error) {
    removeData();
    throw error;
  }
}

/** A download takes a minute, so it is announced; a server that fails is, whenever it does. */
function say({ part, state, detail }: StackProgress): void {
  if (state === 'downloading' || state === 'ready' || state === 'failed') {
    console.log(`  ${partTitles[part]}: ${state}${detail === undefined ? '' : ` (${detail})`}`);
  }
}
