import { z } from 'zod';

import { type Environment, flag, milliseconds, oneOf, optional, port, text } from './environment.ts';

/** What every process reads beside its own variables. */
export interface RuntimeConfig {
  readonly logLevel: LogLevel;
  readonly health: { readonly host: string; readonly port: number | undefined };
  /** From the signal to the end of the process, everything included. */
  readonly graceMs: number;
  readonly failpoints: string | undefined;
  /** The parent holds our standard input open and wants us gone when it is. */
  readonly endsWithParent: boolean;
}

export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

export const runtimeConfig: z.ZodType<RuntimeConfig> = z
  .object({
    TRUNKLINE_LOG_LEVEL: oneOf(logLevels, 'info'),
    TRUNKLINE_HEALTH_HOST: text({ what: 'an address to listen on', example: '127.0.0.1', fallback: '0.0.0.0' }),
    TRUNKLINE_HEALTH_PORT: optional(port()),
    // 9 s: a stop must be over within 10 s, and the process needs a moment to be collected.
    TRUNKLINE_GRACE_MS: milliseconds({ min: 1_000, max: 300_000, fallback: 9_000 }),
    TRUNKLINE_FAILPOINTS: optional(text({ what: 'a list of failpoints', example: 'ingress.after_publish=kill@3' })),
    // Not ours: what says, by a convention of Node's, that this is no test.
    NODE_ENV: optional(text({ what: 'an environment', example: 'production' })),
    TRUNKLINE_PARENT_PIPE: flag(false),
  })
  .superRefine((env, context) => {
    if (env.TRUNKLINE_FAILPOINTS === undefined || env.NODE_ENV !== 'production') return;
    const message = 'must not be set where NODE_ENV is production: it makes this process break; unset it';
    context.addIssue({ code: 'custom', path: ['TRUNKLINE_FAILPOINTS'], message });
  })
  .transform((env) => ({
    logLevel: env.TRUNKLINE_LOG_LEVEL,
    health: { host: env.TRUNKLINE_HEALTH_HOST, port: env.TRUNKLINE_HEALTH_PORT },
    graceMs: env.TRUNKLINE_GRACE_MS,
    failpoints: env.TRUNKLINE_FAILPOINTS,
    endsWithParent: env.TRUNKLINE_PARENT_PIPE,
  }));

/** The environment of this process; the only place of the package that reads it, the telemetry preload excepted. */
export function processEnvironment(): Environment {
  return process.env;
}
