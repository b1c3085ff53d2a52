/** What every part's file is given and what it hands back. */
import { join } from 'node:path';

import type { Launch } from '../guardian-messages.ts';
import type { Probe } from '../probes.ts';
import type { Java } from '../tools.ts';
import type { StackPart, StackSecurity } from '../types.ts';

export interface PartContext {
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly ports: Readonly<Record<StackPart, number>>;
  /** How many brokers Kafka has; at least 1. */
  readonly brokers: number;
  /** The advertised port of Kafka's second listener, when a fault proxy will stand there. */
  readonly kafkaProxyPort?: number | undefined;
  /** Who may log in to a secured Kafka; undefined: it is not secured. */
  readonly kafkaUsers?: readonly string[] | undefined;
  readonly isMeasured?: boolean | undefined;
  /** Whose command and version are empty when no part needs one. */
  readonly java: Java;
  /** The user's environment, for Maven. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** For the progress line. */
  readonly onProgress: (state: 'downloading' | 'preparing', detail?: string) => void;
}

/** A server that has its files and its configuration, and can be started any number of times. Only Kafka has several. */
export interface PartPlan {
  readonly launch: Launch;
  readonly probe: Probe;
  /** Of a server in Java: where the archive of its classes is, once it has been made. */
  readonly classArchive?: string;
  /** host:port for clients; only brokers have one. */
  readonly broker?: string;
  /** host:port for a fault proxy to forward to; only Kafka has one. */
  readonly proxyUpstream?: string;
  /** Only of a secured Kafka. */
  readonly security?: StackSecurity;
}

// Users stop before what they use: the registry keeps its schemas in PostgreSQL.
export const storageRank = 0;
export const usualRank = 1;

export const storageTools = { prepareDeadlineMs: 120_000 } as const;

/** Of a server, by the name it is launched under. */
export function logPathOf(dataDir: string, server: string): string {
  return join(dataDir, 'logs', `${server}.log`);
}

/**
 * The environment of a server: the few variables a program needs to run at all. The user's own KAFKA_*, QUARKUS_* or PG*
 * variables must not change what we start.
 */
export function serverEnv(
  env: Readonly<Record<string, string | undefined>>,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'JAVA_HOME'] as const;
  const own: Record<string, string> = { LC_ALL: 'C', TZ: 'UTC' };
  for (const name of kept) {
    const value = env[name];
    if (value !== undefined) own[name] = value;
  }
  return { ...own, ...extra };
}
