import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startStack, type StackPartHandle } from '@trunkline/stack';

/** A Redis that a test may stop and freeze: nobody else uses it. */
export interface OwnRedis {
  readonly url: string;
  readonly server: StackPartHandle;
  close(): Promise<void>;
}

export async function startOwnRedis(): Promise<OwnRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-redis-'));
  const stack = await startStack({ dataDir: join(folder, 'data'), parts: ['redis'] });
  return {
    url: stack.endpoints.redisUrl,
    server: stack.part('redis'),
    close: async () => {
      await stack.stop();
      await rm(folder, { recursive: true });
    },
  };
}
