/** The environment of the stack: which one, where its cache is, which ports. The only file here that reads the process environment. */
import { join } from 'node:path';

import { TrunklineError } from '@trunkline/core';

import { portVariable, stablePorts } from './ports.ts';
import { stackKinds, stackParts } from './types.ts';
import type { StackEndpoints, StackKind, StackPart } from './types.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** The variables of an `env` stack; `npm run stack` prints exactly these. */
export const endpointVariables = {
  kafkaBrokers: 'TRUNKLINE_KAFKA_BROKERS',
  registryUrl: 'TRUNKLINE_REGISTRY_URL',
  postgresAdminUrl: 'TRUNKLINE_POSTGRES_ADMIN_URL',
  redisUrl: 'TRUNKLINE_REDIS_URL',
  zipkinUrl: 'TRUNKLINE_ZIPKIN_URL',
} as const satisfies Partial<Record<keyof StackEndpoints, string>>;

export type EndpointName = keyof typeof endpointVariables;

const endpointOfPart = {
  kafka: 'kafkaBrokers',
  registry: 'registryUrl',
  postgres: 'postgresAdminUrl',
  redis: 'redisUrl',
  zipkin: 'zipkinUrl',
} as const satisfies Record<StackPart, EndpointName>;

const explanations: Readonly<Record<StackKind, string>> = {
  embedded: 'embedded (servers as processes of this machine, the default)',
  env: 'env (servers given by TRUNKLINE_KAFKA_BROKERS and its like)',
  docker: 'docker (Testcontainers)',
};

export function userEnv(): Env {
  return process.env;
}

/** TRUNKLINE_STACK. */
export function stackKindOf(env: Env): StackKind {
  const wanted = env['TRUNKLINE_STACK'] || 'embedded';
  const kind = stackKinds.find((candidate) => candidate === wanted);
  if (kind === undefined) {
    const choices = stackKinds.map((candidate) => explanations[candidate]).join(', ');
    throw new TrunklineError('config_invalid', `TRUNKLINE_STACK is '${wanted}'; it may be ${choices}`);
  }
  return kind;
}

/** TRUNKLINE_CACHE, else the cache folder of the user's system. */
export function cacheDirOf(env: Env, home: string): string {
  return env['TRUNKLINE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'trunkline');
}

/** The stable ports, moved together by TRUNKLINE_PORT_OFFSET, each by its own variable. */
export function stablePortsOf(env: Env): Record<StackPart, number> {
  const ports = { ...stablePorts };
  for (const part of stackParts)
    ports[part] = portOf(env, { variable: portVariable(part), standard: stablePorts[part] });
  return ports;
}

/** Moves every port that has no variable of its own. */
export const portOffsetVariable = 'TRUNKLINE_PORT_OFFSET';

/** A port of `npm start`: its own variable's, else the standard one moved by the offset. */
export function portOf(env: Env, wanted: { readonly variable: string; readonly standard: number }): number {
  const own = env[wanted.variable] ?? '';
  if (own !== '') return wholeNumber(own, { name: wanted.variable, what: 'a port number', min: 1, max: 65_535 });
  const offset = env[portOffsetVariable] ?? '';
  if (offset === '') return wanted.standard;
  // The highest standard port is 19411.
  return wanted.standard + wholeNumber(offset, { name: portOffsetVariable, what: 'a number', min: 0, max: 46_000 });
}

function wholeNumber(
  text: string,
  expected: { readonly name: string; readonly what: string; readonly min: number; readonly max: number },
): number {
  const { name, what, min, max } = expected;
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= min && value <= max) return value;
  throw new TrunklineError('config_invalid', `${name} is '${text}'; it must be ${what}, ${min} to ${max}`);
}

/** The endpoints of an `env` stack, for the wanted parts. All missing variables are named in one message. */
export function endpointsFromEnv(env: Env, parts: readonly StackPart[]): Partial<StackEndpoints> {
  const found: Partial<Record<EndpointName, string>> = {};
  const missing: string[] = [];
  for (const part of parts) {
    const name = endpointOfPart[part];
    const value = env[endpointVariables[name]];
    if (value === undefined || value === '') missing.push(endpointVariables[name]);
    else found[name] = value;
  }
  if (missing.length > 0) {
    throw new TrunklineError(
      'config_invalid',
      `TRUNKLINE_STACK=env needs ${missing.join(', ')} (npm run stack prints them for the stack it starts)`,
    );
  }
  return found;
}
