import { httpUrl, milliseconds, text } from '@trunkline/runtime';
import { z } from 'zod';

export interface CallerConfig {
  readonly redisUrl: string;
  readonly namespace: string;
  readonly upstreamUrl: string;
  /** Where nobody listens. */
  readonly deadUrl: string;
  /** What a minute is: of the rate, and of an open breaker. */
  readonly minuteMs: number;
}

export const config: z.ZodType<CallerConfig> = z
  .object({
    TRUNKLINE_REDIS_URL: text({ what: 'a Redis URL', example: 'redis://redis:6379' }),
    TRUNKLINE_NAMESPACE: text({ what: 'a prefix', example: 'a.', fallback: '' }),
    UPSTREAM_URL: httpUrl({ what: 'the upstream', example: 'http://127.0.0.1:1' }),
    DEAD_URL: httpUrl({ what: 'where nobody listens', example: 'http://127.0.0.1:1' }),
    MINUTE_MS: milliseconds({ min: 100, max: 600_000 }),
  })
  .transform((env) => ({
    redisUrl: env.TRUNKLINE_REDIS_URL,
    namespace: env.TRUNKLINE_NAMESPACE,
    upstreamUrl: env.UPSTREAM_URL,
    deadUrl: env.DEAD_URL,
    minuteMs: env.MINUTE_MS,
  }));
