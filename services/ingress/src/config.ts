import { BlockList } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';

import { networkList } from '@trunkline/core';
import type { Domain } from '@trunkline/providers';
import {
  byteCount,
  installationKey,
  type KafkaAccess,
  kafkaAccess,
  milliseconds,
  optional,
  port,
  refuseHalfAccess,
  type RegistryAccess,
  registryAccess,
  serverVariables,
  text,
  variable,
  wholeNumber,
} from '@trunkline/runtime';
import { z } from 'zod';

import { type Machine, workerCount } from './worker-count.ts';

/** Everything the ingress is told by its environment. */
export interface IngressConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** How many processes share the port. */
  readonly workers: number;
  readonly kafka: KafkaAccess;
  readonly registry: RegistryAccess;
  /** Prefix of topics and subjects on a shared broker and registry. */
  readonly namespace: string;
  readonly sourcesFile: string;
  readonly secretsFile: string | undefined;
  /** Which domains this deployment serves; undefined means all. */
  readonly domains: readonly Domain[] | undefined;
  /** Keys the HMAC of values that may be personal. Another key would give the same entity another partition. */
  readonly installationKey: Uint8Array;
  /** Whose X-Forwarded-* headers are believed. */
  readonly trustedProxies: BlockList;
  readonly limits: IngressLimits;
}

export interface IngressLimits {
  /** The largest body any source may allow; above it a request is refused before its source is looked up. */
  readonly largestBodyBytes: number;
  /** What requests under way may hold at one time, heads and bodies. Records made of them are bounded by the publisher. */
  readonly bodyBytesInFlight: number;
  /** Bytes of all headers of one request. */
  readonly headerBytes: number;
  readonly headerCount: number;
  /** Open at one time; a further one is closed before a byte of it is read. */
  readonly connections: number;
  /** After so many the connection ends with its answer, so that a balancer spreads its connections anew now and then. */
  readonly requestsPerConnection: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** From the end of the headers to the end of the body. */
  readonly bodyTimeoutMs: number;
  /** How long an idle connection is kept; longer than the balancer in front keeps it, or it would be reset under a request. */
  readonly keepAliveMs: number;
  /** What an address may get wrong at one source; see failed-verifications.ts. */
  readonly failedVerificationsPerMinute: number;
  /** How many pairs of address and source are remembered at one time: 100 bytes or two each. */
  readonly failedVerificationAddresses: number;
  /** After SIGTERM: how long new connections are still taken while the balancer learns that we are not ready. */
  readonly drainMs: number;
}

const domains = [
  'telephony',
  'payments',
  'calendar',
  'crm',
  'communications',
  'identity',
  'analytics',
  'integration',
] as const satisfies readonly Domain[];

const mebibyte = 1024 * 1024;
/** More cores than one machine spends on this. */
const mostWorkers = 64;

export const config: z.ZodType<IngressConfig> = z
  .object({
    TRUNKLINE_INGRESS_HOST: text({ what: 'an address to listen on', example: '127.0.0.1', fallback: '0.0.0.0' }),
    TRUNKLINE_INGRESS_PORT: port(8080),
    TRUNKLINE_INGRESS_WORKERS: variable(
      {
        what: `a whole number from 1 to ${mostWorkers}, or auto`,
        example: 'auto',
        fallback: 1,
        form: { kind: 'whole number', min: 1, max: mostWorkers, or: ['auto'] },
      },
      workers,
    ),
    ...serverVariables,
    TRUNKLINE_NAMESPACE: text({ what: 'a prefix of topic names', example: 'staging.', fallback: '' }),
    TRUNKLINE_SOURCES: text({ what: 'the path of the sources file', example: 'trunkline.yaml' }),
    TRUNKLINE_SECRETS: optional(text({ what: 'the path of the secrets file', example: '.trunkline/secrets.env' })),
    TRUNKLINE_INSTALLATION_KEY: installationKey(),
    TRUNKLINE_TRUSTED_PROXIES: optional(
      variable({ what: 'a comma-separated list of addresses or networks', example: '10.0.0.0/8,127.0.0.1' }, networks),
    ),
    TRUNKLINE_DOMAINS: optional(
      variable({ what: `a comma-separated list of ${domains.join(', ')}`, example: 'payments' }, domainList),
    ),
    // What it was called before. An installation that has it must not serve every domain after an upgrade.
    DOMAINS: optional(
      variable(
        { what: 'a list as of TRUNKLINE_DOMAINS, which is its name now and counts first', example: 'payments' },
        domainList,
      ),
    ),
    TRUNKLINE_INGRESS_LARGEST_BODY_BYTES: byteCount({ min: 1_024, max: 8 * mebibyte, fallback: 8 * mebibyte }),
    TRUNKLINE_INGRESS_BODY_BYTES_IN_FLIGHT: byteCount({
      min: mebibyte,
      max: 4_096 * mebibyte,
      fallback: 64 * mebibyte,
    }),
    TRUNKLINE_INGRESS_HEADER_BYTES: byteCount({ min: 8_192, max: 65_536, fallback: 16_384 }),
    TRUNKLINE_INGRESS_HEADER_COUNT: wholeNumber({ min: 20, max: 1_000, fallback: 100 }),
    TRUNKLINE_INGRESS_CONNECTIONS: wholeNumber({ min: 1, max: 100_000, fallback: 10_000 }),
    TRUNKLINE_INGRESS_REQUESTS_PER_CONNECTION: wholeNumber({ min: 1, max: 1_000_000, fallback: 10_000 }),
    TRUNKLINE_INGRESS_FAILED_VERIFICATIONS_PER_MINUTE: wholeNumber({ min: 1, max: 1_000_000, fallback: 100 }),
    TRUNKLINE_INGRESS_FAILED_VERIFICATION_ADDRESSES: wholeNumber({ min: 100, max: 1_000_000, fallback: 20_000 }),
    TRUNKLINE_INGRESS_HEADERS_TIMEOUT_MS: milliseconds({ min: 100, max: 60_000, fallback: 10_000 }),
    TRUNKLINE_INGRESS_BODY_TIMEOUT_MS: milliseconds({ min: 100, max: 60_000, fallback: 10_000 }),
    TRUNKLINE_INGRESS_KEEP_ALIVE_MS: milliseconds({ min: 1_000, max: 86_400_000, fallback: 65_000 }),
    TRUNKLINE_INGRESS_DRAIN_MS: milliseconds({ min: 0, max: 60_000, fallback: 500 }),
  })
  .superRefine(refuseHalfAccess)
  .transform((env) => ({
    listen: { host: env.TRUNKLINE_INGRESS_HOST, port: env.TRUNKLINE_INGRESS_PORT },
    workers: workerCount(env.TRUNKLINE_INGRESS_WORKERS, machine()),
    kafka: kafkaAccess(env),
    registry: registryAccess(env),
    namespace: env.TRUNKLINE_NAMESPACE,
    sourcesFile: env.TRUNKLINE_SOURCES,
    secretsFile: env.TRUNKLINE_SECRETS,
    domains: env.TRUNKLINE_DOMAINS ?? env.DOMAINS,
    installationKey: env.TRUNKLINE_INSTALLATION_KEY,
    trustedProxies: env.TRUNKLINE_TRUSTED_PROXIES ?? new BlockList(),
    limits: {
      largestBodyBytes: env.TRUNKLINE_INGRESS_LARGEST_BODY_BYTES,
      bodyBytesInFlight: env.TRUNKLINE_INGRESS_BODY_BYTES_IN_FLIGHT,
      headerBytes: env.TRUNKLINE_INGRESS_HEADER_BYTES,
      headerCount: env.TRUNKLINE_INGRESS_HEADER_COUNT,
      connections: env.TRUNKLINE_INGRESS_CONNECTIONS,
      requestsPerConnection: env.TRUNKLINE_INGRESS_REQUESTS_PER_CONNECTION,
      failedVerificationsPerMinute: env.TRUNKLINE_INGRESS_FAILED_VERIFICATIONS_PER_MINUTE,
      failedVerificationAddresses: env.TRUNKLINE_INGRESS_FAILED_VERIFICATION_ADDRESSES,
      headersTimeoutMs: env.TRUNKLINE_INGRESS_HEADERS_TIMEOUT_MS,
      bodyTimeoutMs: env.TRUNKLINE_INGRESS_BODY_TIMEOUT_MS,
      keepAliveMs: env.TRUNKLINE_INGRESS_KEEP_ALIVE_MS,
      drainMs: env.TRUNKLINE_INGRESS_DRAIN_MS,
    },
  }));

/** The environment that `env:NAME` in the sources file refers to. */
export function secretEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

function workers(given: string): number | 'auto' | undefined {
  if (given === 'auto') return given;
  return /^[1-9][0-9]?$/.test(given) && Number(given) <= mostWorkers ? Number(given) : undefined;
}

/** Within a container its own limits, where it has any. */
function machine(): Machine {
  return {
    cores: availableParallelism(),
    memoryBytes: Math.min(process.constrainedMemory() || totalmem(), totalmem()),
  };
}

function domainList(given: string): readonly Domain[] | undefined {
  const names = given.split(',').map((name) => name.trim());
  const known = domains.filter((domain) => names.includes(domain));
  return known.length === new Set(names).size ? known : undefined;
}

function networks(given: string): BlockList | undefined {
  return networkList(given.split(',').map((part) => part.trim()));
}
