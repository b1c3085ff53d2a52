import type { BlockList } from 'node:net';

import { networkList } from '@trunkline/core';
import { z } from 'zod';

import { type Environment, flag, milliseconds, oneOf, optional, port, secret, text, variable } from './environment.ts';

/** What every process reads beside its own variables. */
export interface RuntimeConfig {
  readonly logLevel: LogLevel;
  /** Where operators and probes ask; without a token on a loopback address only. */
  readonly operators: { readonly host: string; readonly port: number; readonly token: string | undefined };
  /** From the signal to the end of the process, everything included. */
  readonly graceMs: number;
  readonly failpoints: string | undefined;
  /** Whose trace context is adopted (request-span.ts); undefined: nobody's. */
  readonly traceProxies: BlockList | undefined;
  /** The parent holds our standard input open and wants us gone when it is. */
  readonly endsWithParent: boolean;
}

const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

const operatorToken = {
  what: 'a token of 16 to 512 visible characters',
  example: 'the output of: openssl rand -hex 32',
} as const;

export const runtimeConfig: z.ZodType<RuntimeConfig> = z
  .object({
    TRUNKLINE_LOG_LEVEL: oneOf(logLevels, 'info'),
    TRUNKLINE_OPERATOR_HOST: text({ what: 'an address to listen on', example: '0.0.0.0', fallback: '127.0.0.1' }),
    TRUNKLINE_OPERATOR_PORT: port(8089),
    TRUNKLINE_OPERATOR_TOKEN: optional(secret(variable(operatorToken, tokenIn))),
    // 9 s: a stop must be over within 10 s, and the process needs a moment to be collected.
    TRUNKLINE_GRACE_MS: milliseconds({ min: 1_000, max: 300_000, fallback: 9_000 }),
    TRUNKLINE_FAILPOINTS: optional(text({ what: 'a list of failpoints', example: 'ingress.after_publish=kill@3' })),
    // Not ours: what says, by a convention of Node's, that this is no test.
    NODE_ENV: optional(text({ what: 'an environment', example: 'production' })),
    TRUNKLINE_TRACE_PROXIES: optional(
      variable({ what: 'a comma-separated list of addresses or networks', example: '10.0.0.0/8,127.0.0.1' }, networks),
    ),
    TRUNKLINE_PARENT_PIPE: flag(false),
  })
  .superRefine((env, context) => {
    const wrong = (variable: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [variable], message });
    if (env.TRUNKLINE_FAILPOINTS !== undefined && env.NODE_ENV === 'production') {
      const why = 'must not be set where NODE_ENV is production: it makes this process break; unset it';
      wrong('TRUNKLINE_FAILPOINTS', why);
    }
    if (env.TRUNKLINE_OPERATOR_TOKEN === undefined && !isLoopback(env.TRUNKLINE_OPERATOR_HOST)) {
      const why = `is missing: others reach ${env.TRUNKLINE_OPERATOR_HOST}, so metrics and details need it (or its _FILE); or set TRUNKLINE_OPERATOR_HOST to 127.0.0.1`;
      wrong('TRUNKLINE_OPERATOR_TOKEN', why);
    }
  })
  .transform((env) => ({
    logLevel: env.TRUNKLINE_LOG_LEVEL,
    operators: {
      host: env.TRUNKLINE_OPERATOR_HOST,
      port: env.TRUNKLINE_OPERATOR_PORT,
      token: env.TRUNKLINE_OPERATOR_TOKEN,
    },
    graceMs: env.TRUNKLINE_GRACE_MS,
    failpoints: env.TRUNKLINE_FAILPOINTS,
    traceProxies: env.TRUNKLINE_TRACE_PROXIES,
    endsWithParent: env.TRUNKLINE_PARENT_PIPE,
  }));

/** The environment of this process; the only place of the package that reads it, the telemetry preload excepted. */
export function processEnvironment(): Environment {
  return process.env;
}

function networks(given: string): BlockList | undefined {
  return networkList(given.split(',').map((entry) => entry.trim()));
}

function tokenIn(token: string): string | undefined {
  return /^[\x21-\x7e]{16,512}$/.test(token) ? token : undefined;
}

/** Whether only this machine can ask. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.[0-9]{1,3}){3}$/.test(host);
}
