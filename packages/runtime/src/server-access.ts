import { createTlsContext, messageOf, type TlsFiles } from '@trunkline/core';
import { z } from 'zod';

import {
  httpUrl,
  list,
  milliseconds,
  oneOf,
  optional,
  secret,
  serviceDatabaseUrl,
  text,
  type Variable,
  variable,
  wholeNumber,
} from './environment.ts';

/**
 * How the servers are reached, and as whom: the same variables for every service and for the command line. Files of
 * certificates are read again at each connection; passwords once.
 */

export interface KafkaAccess {
  readonly brokers: readonly string[];
  readonly security: KafkaSecurity;
}

/** What a connection to the brokers is secured with; neither: a plain one. */
export interface KafkaSecurity {
  readonly tls: TlsFiles | undefined;
  readonly sasl: KafkaLogin | undefined;
}

export interface KafkaLogin {
  readonly mechanism: (typeof saslMechanisms)[number];
  readonly username: string;
  readonly password: string;
}

export interface RegistryAccess extends RegistrySecurity {
  readonly url: string;
}

export interface RegistrySecurity {
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  /** The authority of its certificate; those that Node knows when absent. */
  readonly caFile?: string | undefined;
}

export interface RedisAccess {
  readonly url: string;
  /** As of the registry. */
  readonly caFile?: string | undefined;
}

/** A service's own role of Postgres, and what it may take of the server. */
export interface PostgresAccess {
  readonly url: string;
  readonly maxConnections: number;
  readonly statementTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/** What the broker is told of who we are: the mechanisms that the client library does itself and well. */
const saslMechanisms = ['scram-sha-512', 'plain'] as const;

interface KafkaSecurityVariables {
  readonly TRUNKLINE_KAFKA_TLS: 'off' | 'on';
  readonly TRUNKLINE_KAFKA_CA_FILE: string | undefined;
  readonly TRUNKLINE_KAFKA_CERT_FILE: string | undefined;
  readonly TRUNKLINE_KAFKA_KEY_FILE: string | undefined;
  readonly TRUNKLINE_KAFKA_SASL_MECHANISM: (typeof saslMechanisms)[number] | undefined;
  readonly TRUNKLINE_KAFKA_USERNAME: string | undefined;
  readonly TRUNKLINE_KAFKA_PASSWORD: string | undefined;
}

interface RegistrySecurityVariables {
  readonly TRUNKLINE_REGISTRY_USERNAME: string | undefined;
  readonly TRUNKLINE_REGISTRY_PASSWORD: string | undefined;
  readonly TRUNKLINE_REGISTRY_CA_FILE: string | undefined;
}

interface ServerVariables extends KafkaSecurityVariables, RegistrySecurityVariables {
  readonly TRUNKLINE_KAFKA_BROKERS: readonly string[];
  readonly TRUNKLINE_REGISTRY_URL: string;
}

/** Of examples. */
const folder = '/etc/trunkline/tls';

type Variables<T> = { readonly [Name in keyof T]: Variable<T[Name]> };

const kafkaSecurityVariables: Variables<KafkaSecurityVariables> = {
  TRUNKLINE_KAFKA_TLS: oneOf(['off', 'on'], 'off'),
  TRUNKLINE_KAFKA_CA_FILE: optional(authorityFile('kafka')),
  TRUNKLINE_KAFKA_CERT_FILE: optional(
    text({ what: 'a PEM file with the certificate that we show the brokers', example: `${folder}/tls.crt` }),
  ),
  TRUNKLINE_KAFKA_KEY_FILE: optional(
    text({ what: 'a PEM file with the key of that certificate', example: `${folder}/tls.key` }),
  ),
  TRUNKLINE_KAFKA_SASL_MECHANISM: optional(oneOf(saslMechanisms)),
  TRUNKLINE_KAFKA_USERNAME: optional(text({ what: 'a user of the brokers', example: 'trunkline-payments' })),
  TRUNKLINE_KAFKA_PASSWORD: optional(
    secret(text({ what: 'the password of TRUNKLINE_KAFKA_USERNAME', example: 'a long random one' })),
  ),
};

const registrySecurityVariables: Variables<RegistrySecurityVariables> = {
  TRUNKLINE_REGISTRY_USERNAME: optional(text({ what: 'a user of the schema registry', example: 'trunkline' })),
  TRUNKLINE_REGISTRY_PASSWORD: optional(
    secret(text({ what: 'the password of TRUNKLINE_REGISTRY_USERNAME', example: 'a long random one' })),
  ),
  TRUNKLINE_REGISTRY_CA_FILE: optional(authorityFile('registry')),
};

/** Of every service: where Kafka and the registry are, and how to be let in. `refuseHalfAccess` belongs to them. */
export const serverVariables: Variables<ServerVariables> = {
  TRUNKLINE_KAFKA_BROKERS: list({ what: 'a comma-separated list of host:port', example: 'kafka-1:9092,kafka-2:9092' }),
  ...kafkaSecurityVariables,
  TRUNKLINE_REGISTRY_URL: httpUrl({
    what: 'the address of the schema registry',
    example: 'http://registry:8080/apis/ccompat/v7',
  }),
  ...registrySecurityVariables,
};

interface RedisVariables {
  readonly TRUNKLINE_REDIS_URL: string | undefined;
  readonly TRUNKLINE_REDIS_CA_FILE: string | undefined;
}

const redisCaFile = optional(authorityFile('redis'));

/** Of a service that asks Redis. */
export const redisVariables: Variables<RedisVariables> = {
  TRUNKLINE_REDIS_URL: optional(
    secret(
      variable({ what: 'a Redis URL', example: 'redis://redis:6379' }, (given) =>
        /^rediss?:\/\//.test(given) && URL.canParse(given) ? given : undefined,
      ),
    ),
  ),
  TRUNKLINE_REDIS_CA_FILE: redisCaFile,
};

interface PostgresVariables {
  readonly TRUNKLINE_DATABASE_URL: string;
  readonly TRUNKLINE_POSTGRES_CONNECTIONS: number;
  readonly TRUNKLINE_POSTGRES_STATEMENT_TIMEOUT_MS: number;
  readonly TRUNKLINE_POSTGRES_CONNECT_TIMEOUT_MS: number;
}

export interface PostgresNeeds {
  /** Of the example. */
  readonly service: string;
  /** How many it has unless told otherwise. */
  readonly connections: number;
}

/** Of a service with a schema of its own. */
export function postgresVariables({ service, connections }: PostgresNeeds): Variables<PostgresVariables> {
  return {
    TRUNKLINE_DATABASE_URL: serviceDatabaseUrl(service),
    TRUNKLINE_POSTGRES_CONNECTIONS: wholeNumber({ min: 2, max: 100, fallback: connections }),
    TRUNKLINE_POSTGRES_STATEMENT_TIMEOUT_MS: milliseconds({ min: 100, max: 300_000, fallback: 10_000 }),
    TRUNKLINE_POSTGRES_CONNECT_TIMEOUT_MS: milliseconds({ min: 100, max: 60_000, fallback: 3_000 }),
  };
}

/** What whoever has the addresses from elsewhere reads of the environment: the command line. */
export interface ServerSecurity {
  readonly kafka: KafkaSecurity;
  readonly registry: RegistrySecurity;
  readonly redis: Pick<RedisAccess, 'caFile'>;
}

export const serverSecurity: z.ZodType<ServerSecurity> = z
  .object({ ...kafkaSecurityVariables, ...registrySecurityVariables, TRUNKLINE_REDIS_CA_FILE: redisCaFile })
  .superRefine(refuseHalfAccess)
  .transform((env) => ({
    kafka: kafkaSecurityOf(env),
    registry: registrySecurityOf(env),
    redis: { caFile: env.TRUNKLINE_REDIS_CA_FILE },
  }));

export function kafkaAccess(env: ServerVariables): KafkaAccess {
  return { brokers: env.TRUNKLINE_KAFKA_BROKERS, security: kafkaSecurityOf(env) };
}

export function registryAccess(env: ServerVariables): RegistryAccess {
  return { url: env.TRUNKLINE_REGISTRY_URL, ...registrySecurityOf(env) };
}

export function redisAccess(env: RedisVariables): RedisAccess | undefined {
  const url = env.TRUNKLINE_REDIS_URL;
  return url === undefined ? undefined : { url, caFile: env.TRUNKLINE_REDIS_CA_FILE };
}

export function postgresAccess(env: PostgresVariables): PostgresAccess {
  return {
    url: env.TRUNKLINE_DATABASE_URL,
    maxConnections: env.TRUNKLINE_POSTGRES_CONNECTIONS,
    statementTimeoutMs: env.TRUNKLINE_POSTGRES_STATEMENT_TIMEOUT_MS,
    connectTimeoutMs: env.TRUNKLINE_POSTGRES_CONNECT_TIMEOUT_MS,
  };
}

/** What is set in vain or is not enough: half of it would be a plain connection that somebody takes for a secured one. */
export function refuseHalfAccess(
  env: KafkaSecurityVariables & RegistrySecurityVariables,
  context: z.core.$RefinementCtx,
): void {
  const wrong = (name: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [name], message, input: undefined });
  const { TRUNKLINE_KAFKA_SASL_MECHANISM: mechanism, TRUNKLINE_KAFKA_TLS: tls } = env;
  for (const name of tlsFileNames) {
    if (env[name] !== undefined && tls === 'off')
      wrong(name, 'is set while TRUNKLINE_KAFKA_TLS is off: set that to on, or unset this');
  }
  pair(env, ['TRUNKLINE_KAFKA_CERT_FILE', 'TRUNKLINE_KAFKA_KEY_FILE'], wrong);
  pair(env, ['TRUNKLINE_REGISTRY_USERNAME', 'TRUNKLINE_REGISTRY_PASSWORD'], wrong);
  for (const name of ['TRUNKLINE_KAFKA_USERNAME', 'TRUNKLINE_KAFKA_PASSWORD'] as const) {
    const isGiven = env[name] !== undefined;
    if (mechanism !== undefined && !isGiven) wrong(name, 'is missing: TRUNKLINE_KAFKA_SASL_MECHANISM needs it');
    if (mechanism === undefined && isGiven)
      wrong(name, `is set without TRUNKLINE_KAFKA_SASL_MECHANISM: set that to one of ${saslMechanisms.join(', ')}`);
  }
  if (mechanism === 'plain' && tls === 'off') {
    const why = 'must not be plain while TRUNKLINE_KAFKA_TLS is off: the password would travel as it is; ';
    wrong('TRUNKLINE_KAFKA_SASL_MECHANISM', `${why}set TRUNKLINE_KAFKA_TLS to on, or use scram-sha-512`);
  }
  const certificate = { certFile: env.TRUNKLINE_KAFKA_CERT_FILE, keyFile: env.TRUNKLINE_KAFKA_KEY_FILE };
  if (certificate.certFile !== undefined && certificate.keyFile !== undefined) {
    const why = mistakeIn({ caFile: undefined, ...certificate });
    if (why !== undefined) wrong('TRUNKLINE_KAFKA_CERT_FILE', `does not go with TRUNKLINE_KAFKA_KEY_FILE: ${why}`);
  }
}

const tlsFileNames = ['TRUNKLINE_KAFKA_CA_FILE', 'TRUNKLINE_KAFKA_CERT_FILE', 'TRUNKLINE_KAFKA_KEY_FILE'] as const;

function pair<Name extends string>(
  env: { readonly [name in Name]: string | undefined },
  names: readonly [Name, Name],
  wrong: (name: string, message: string) => void,
): void {
  for (const [missing, other] of [names, names.toReversed()]) {
    if (missing === undefined || other === undefined) continue;
    if (env[missing] === undefined && env[other] !== undefined) wrong(missing, `is missing: ${other} needs it`);
  }
}

function kafkaSecurityOf(env: KafkaSecurityVariables): KafkaSecurity {
  const { TRUNKLINE_KAFKA_SASL_MECHANISM: mechanism } = env;
  return {
    tls:
      env.TRUNKLINE_KAFKA_TLS === 'off'
        ? undefined
        : {
            caFile: env.TRUNKLINE_KAFKA_CA_FILE,
            certFile: env.TRUNKLINE_KAFKA_CERT_FILE,
            keyFile: env.TRUNKLINE_KAFKA_KEY_FILE,
          },
    // Both are there: refuseHalfAccess.
    sasl:
      mechanism === undefined
        ? undefined
        : { mechanism, username: env.TRUNKLINE_KAFKA_USERNAME ?? '', password: env.TRUNKLINE_KAFKA_PASSWORD ?? '' },
  };
}

function registrySecurityOf(env: RegistrySecurityVariables): RegistrySecurity {
  const { TRUNKLINE_REGISTRY_USERNAME: username, TRUNKLINE_REGISTRY_PASSWORD: password } = env;
  return {
    auth: username === undefined || password === undefined ? undefined : { username, password },
    caFile: env.TRUNKLINE_REGISTRY_CA_FILE,
  };
}

/** The certificate, or several, that a server's own must be signed by. */
function authorityFile(server: string): Variable<string> {
  const expectation = {
    what: 'a readable PEM file with certificates of authorities',
    example: `${folder}/${server}-ca.crt`,
  };
  return variable(expectation, (caFile) =>
    mistakeIn({ caFile, certFile: undefined, keyFile: undefined }) === undefined ? caFile : undefined,
  );
}

function mistakeIn(files: TlsFiles): string | undefined {
  try {
    createTlsContext(files).current();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
