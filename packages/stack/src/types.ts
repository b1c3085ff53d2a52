/** The contract of a stack: what callers see, whether its servers are our processes, somebody's, or containers. */

export const stackParts = ['kafka', 'registry', 'postgres', 'redis', 'zipkin'] as const;
export type StackPart = (typeof stackParts)[number];

/** How a part is called in messages for people. */
export const partTitles: Readonly<Record<StackPart, string>> = {
  kafka: 'Kafka',
  registry: 'schema registry',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  zipkin: 'Zipkin',
};

export const stackKinds = ['embedded', 'env', 'docker'] as const;
export type StackKind = (typeof stackKinds)[number];

/**
 * Where the parts answer. Reading the address of a part that this stack was started without throws `config_invalid`,
 * so that nobody connects to an empty string.
 */
export interface StackEndpoints {
  /** Comma-separated host:port list. */
  readonly kafkaBrokers: string;
  /** Confluent-compatible base URL, ends in /apis/ccompat/v7 for the parts we start. */
  readonly registryUrl: string;
  /** A superuser, database `postgres`: for creating databases and roles, never for services. */
  readonly postgresAdminUrl: string;
  readonly redisUrl: string;
  readonly zipkinUrl: string;
  /** host:port a fault proxy must forward to; only when `kafkaProxyPort` was asked for. */
  readonly kafkaProxyUpstream?: string;
  /** Base URL of the Jaeger query API and UI; only the docker stack has one. */
  readonly jaegerUrl?: string;
}

/** One server of the stack. Fault tests stop, kill, freeze and restart it; port and data stay the same. */
export interface StackPartHandle {
  readonly part: StackPart;
  /** The server's process id; undefined while it is stopped or when it is not a process of this machine. */
  readonly pid: number | undefined;
  /** Orderly stop, killed after its grace time. Stopping a stopped part does nothing. */
  stop(): Promise<void>;
  /** Sends the signal; resolves when it was delivered, for SIGKILL when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Stops it if it runs, starts it on the same port and data, and waits until it answers. */
  restart(): Promise<void>;
  /** SIGSTOP for every process of the part: connections stay open and nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

/** How the clients of a secured stack are let in: over TLS and by a user's password (SCRAM-SHA-512). */
export interface StackSecurity {
  /** PEM: the authority of the brokers' certificates, anew at each start. */
  readonly caFile: string;
  /** Of each user that was asked for, and of `admin`, who may do everything. */
  readonly passwords: Readonly<Record<string, string>>;
  /** A listener where a certificate is the login, in PEM files: this one's is the broker's own. */
  readonly byCertificate: { readonly broker: string; readonly certFile: string; readonly keyFile: string };
  /**
   * Gives the broker a certificate of a new authority, which the CA file has beside the old one from then on. Connections
   * that are open stay.
   */
  renewCertificates(): Promise<void>;
  /** The CA file has the newest authority alone. */
  forgetOldAuthority(): Promise<void>;
}

export interface Stack {
  readonly kind: StackKind;
  /** One line for people: which stack this is and why. */
  readonly description: string;
  readonly endpoints: StackEndpoints;
  /** Only of a stack that was started secured. */
  readonly security?: StackSecurity;
  /** Throws `config_invalid` when the stack has no such part or it is not ours to control. */
  part(name: StackPart): StackPartHandle;
  /**
   * Broker `id` of Kafka, from 1 on; the first is `part('kafka')`. Throws `config_invalid` when the stack has no such
   * broker or it is not ours to control.
   */
  broker(id: number): StackPartHandle;
  /** Stops every part, in reverse order of their dependencies. Safe to call twice. */
  stop(): Promise<void>;
}

export type StackPartState = 'waiting' | 'downloading' | 'preparing' | 'starting' | 'ready' | 'failed' | 'stopping';

/** Something happened to a part; `detail` is for people. */
export interface StackProgress {
  readonly part: StackPart;
  readonly state: StackPartState;
  readonly detail?: string;
}
