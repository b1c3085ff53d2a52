import { readRedisMemory } from '@trunkline/redis';

import { type Check, ok, skipped, warning } from './check.ts';

/** Redis only saves work, so nothing about it is a failure. */
export const redis: Check = {
  name: 'redis',
  requires: [],
  async run({ settings }) {
    const url = settings.find('redisUrl')?.value;
    if (url === undefined) return skipped('no Redis is named (--redis-url or TRUNKLINE_REDIS_URL); it is optional');
    const { policy, usedBytes, limitBytes } = await readRedisMemory(url).catch(() => ({
      policy: undefined,
      usedBytes: 0,
      limitBytes: 0,
    }));
    if (policy === undefined)
      return warning(
        'Redis does not answer: duplicates cost a transaction each',
        'start Redis; consumers use it again by themselves',
      );
    if (policy !== 'noeviction')
      return warning(
        `its policy is ${policy}: markers go before their time, and duplicates cost a transaction each`,
        'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in its configuration',
      );
    const limit = limitBytes === 0 ? 'no limit' : `${megabytes(limitBytes)} MB`;
    return ok(`noeviction, ${megabytes(usedBytes)} MB of ${limit}`);
  },
};

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}
