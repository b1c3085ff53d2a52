import { messageOf } from '@trunkline/core';
import { type CheckOutcome, ok, skipped, warning } from '@trunkline/operations';
import { readRedisMemory } from '@trunkline/redis';

import { serverSecurityOf } from '../server-security.ts';
import type { CommandCheck } from './command-check.ts';

/** Redis only saves work, so nothing about it is a failure. */
export const redis: CommandCheck = {
  name: 'redis',
  requires: [],
  async run({ settings }) {
    const url = settings.find('redisUrl')?.value;
    if (url === undefined) return skipped('no Redis is named (--redis-url or TRUNKLINE_REDIS_URL); it is optional');
    const { redis: security } = serverSecurityOf(settings);
    const memory = await readRedisMemory({ url, ...security }).catch((error: unknown) => messageOf(error));
    if (typeof memory === 'string') return unanswered(memory);
    const { policy, usedBytes, limitBytes } = memory;
    if (policy !== 'noeviction')
      return warning(
        `its policy is ${policy}: markers go before their time, and duplicates cost a transaction each`,
        'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in its configuration',
      );
    const limit = limitBytes === 0 ? 'no limit' : `${megabytes(limitBytes)} MB`;
    const lock = URL.parse(url)?.password ? '' : '; no password: whoever reaches it can have events skipped as done';
    return ok(`noeviction, ${megabytes(usedBytes)} MB of ${limit}${lock}`);
  },
};

const withPassword = 'put it into the Redis URL: redis://:<password>@<host>:<port>';

function unanswered(reason: string): CheckOutcome {
  const cost = 'duplicates cost a transaction each';
  if (reason.includes('WRONGPASS')) return warning(`Redis refuses the password: ${cost}`, withPassword);
  if (reason.includes('NOAUTH')) return warning(`Redis asks for a password: ${cost}`, withPassword);
  return warning(`Redis does not answer: ${cost}`, 'start Redis; consumers use it again by themselves');
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}
