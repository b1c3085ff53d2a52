/** What a fault row is, and what it reports. Each row is a file; rows.ts lists them. */
import type { ReplicasOf } from '@trunkline/kafka';
import type { Judgement, Mutation } from '@trunkline/testkit';

import type { FaultServers } from './servers.ts';
import type { FaultWorld } from './world.ts';

export interface RowScale {
  readonly deliveries: number;
  /** 0: as fast as it goes. */
  readonly perSecond: number;
  /** How often the fault strikes: kills, outages, rounds. */
  readonly strikes: number;
  /** After how long failed events are tried again, once; `1s` unless given. */
  readonly retryTier?: string;
}

export interface RowRun {
  readonly world: FaultWorld;
  /** For rows that break a server itself. A row leaves them all running. */
  readonly servers: FaultServers;
  readonly scale: RowScale;
  readonly seed: number;
  /** A safeguard to undo: the row must then find something lost or doubled. */
  readonly mutation?: Mutation;
  readonly onProgress: (line: string) => void;
}

export interface RowReport {
  readonly judgement: Judgement;
  /** As the scale demanded, counted where the fault struck. */
  readonly strikes: number;
  /** What else the row promises and did not hold, a sentence each: "accepted 91 % while Redis was away, at least 95 %". */
  readonly broken?: readonly string[];
  /** Figures beside lost and doubled, in the order to print them. */
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface Cluster {
  readonly brokers: number;
  /** Of every topic; one unless given. */
  readonly replicationFactor?: number;
  /** Where each partition is; else Kafka chooses. */
  readonly replicasOf?: ReplicasOf;
}

/** The scale of a row in `npm test`; undefined when it has none. */
export function shortScale({ short }: FaultRow): RowScale | undefined {
  return 'none' in short ? undefined : short;
}

export interface FaultRow {
  readonly id: string;
  /** What is done to the system: "kill -9 of the ingress". */
  readonly title: string;
  /** True: the services of its world have Redis. */
  readonly usesRedis?: boolean;
  /** Those that its world has topics and tables of, beside the payments service; all unless given, which costs more to make. */
  readonly services?: readonly string[];
  /** Several brokers, and which of them have which partition; else one. */
  readonly cluster?: Cluster;
  /** As quality demands it, and as short as `npm test` can afford; or why there it is not run at all. */
  readonly full: RowScale;
  readonly short: RowScale | { readonly none: string };
  /** Why it cannot be run on this machine; it always can unless given. */
  cannotRun?(): Promise<string | undefined>;
  /** What protects it, undone one at a time. */
  readonly safeguards: readonly Mutation[];
  run(run: RowRun): Promise<RowReport>;
}
