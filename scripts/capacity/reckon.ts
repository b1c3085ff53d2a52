/** What an installation needs for a rate of events, reckoned from what one event was measured to cost. Pure. */

/** What was measured, of one event: docs/benchmarks.md. */
export interface Costs {
  /** CPU of the processes, µs. */
  readonly ingressUs: number;
  readonly consumerUs: number;
  /** Of the two records of an event, its delivery and itself. */
  readonly journalUs: number;
  /** CPU of Postgres, µs. */
  readonly postgresOfConsumerUs: number;
  readonly postgresOfJournalUs: number;
  /** On Kafka, bytes. */
  readonly deliveryBytes: number;
  readonly eventBytes: number;
  /** In Postgres, bytes: tables with indexes, and what is logged ahead. */
  readonly rowBytes: number;
  readonly walBytes: number;
  readonly journalRowBytes: number;
  readonly journalWalBytes: number;
  /** What one consumer process applies a second with a core of its own. */
  readonly consumerPerSecond: number;
}

/** What is decided, and not measured. */
export const assumed = {
  /** Of a core, before there is another process: the HPA of the chart. */
  busyShare: 0.65,
  /** The limit of each pod in the chart. */
  podMebibytes: 512,
  /** No service runs as one process alone. */
  leastProcesses: 2,
  leastPartitions: 12,
  replicas: 3,
  retentionDays: 7,
  /** A broker is given so much to write, replicas included: what a disk and a network of 10 Gbit/s take with room for a broker that is away. */
  brokerBytesPerSecond: 150e6,
  leastBrokers: 3,
  /** One Postgres: cores that it has, and WAL that a disk takes while it checkpoints. */
  postgresCores: 16,
  postgresWalBytesPerSecond: 200e6,
} as const;

export interface Needs {
  readonly eventsPerSecond: number;
  readonly processes: { readonly ingress: number; readonly consumers: number; readonly journal: number };
  /** Used, not reserved. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Of a topic that all events are on. */
  readonly partitions: number;
  readonly kafka: {
    readonly inBytesPerSecond: number;
    /** Replicas included. */
    readonly writtenBytesPerSecond: number;
    /** To consumers and the journal, without replicas. */
    readonly outBytesPerSecond: number;
    readonly brokers: number;
    readonly diskBytes: number;
  };
  readonly postgres: {
    readonly walBytesPerSecond: number;
    readonly bytesPerDay: number;
    readonly cores: number;
    /** How many servers that is: one for each domain, and then one for each share of a domain's tenants. */
    readonly servers: number;
  };
  readonly journal: { readonly walBytesPerSecond: number; readonly bytesPerDay: number; readonly cores: number };
}

const secondsPerDay = 86_400;

export function needsOf(eventsPerSecond: number, costs: Costs): Needs {
  const rate = eventsPerSecond;
  const coresOf = (us: number): number => (rate * us) / 1e6;
  const processesOf = (us: number): number =>
    Math.max(assumed.leastProcesses, Math.ceil(coresOf(us) / assumed.busyShare));
  const processes = {
    ingress: processesOf(costs.ingressUs),
    consumers: Math.max(processesOf(costs.consumerUs), Math.ceil(rate / (costs.consumerPerSecond * assumed.busyShare))),
    journal: processesOf(costs.journalUs),
  };
  const all = processes.ingress + processes.consumers + processes.journal;
  const inBytesPerSecond = rate * (costs.deliveryBytes + costs.eventBytes);
  const writtenBytesPerSecond = inBytesPerSecond * assumed.replicas;
  const wal = rate * costs.walBytes;
  const postgresCores = coresOf(costs.postgresOfConsumerUs);
  return {
    eventsPerSecond,
    processes,
    cores: coresOf(costs.ingressUs + costs.consumerUs + costs.journalUs),
    memoryBytes: all * assumed.podMebibytes * 2 ** 20,
    partitions: Math.max(assumed.leastPartitions, processes.consumers),
    kafka: {
      inBytesPerSecond,
      writtenBytesPerSecond,
      // The consumer reads the event, the journal both.
      outBytesPerSecond: rate * (costs.deliveryBytes + 2 * costs.eventBytes),
      brokers: Math.max(assumed.leastBrokers, Math.ceil(writtenBytesPerSecond / assumed.brokerBytesPerSecond)),
      diskBytes: writtenBytesPerSecond * assumed.retentionDays * secondsPerDay,
    },
    postgres: {
      walBytesPerSecond: wal,
      bytesPerDay: rate * costs.rowBytes * secondsPerDay,
      cores: postgresCores,
      servers: Math.ceil(
        Math.max(postgresCores / (assumed.postgresCores * assumed.busyShare), wal / assumed.postgresWalBytesPerSecond),
      ),
    },
    journal: {
      walBytesPerSecond: rate * costs.journalWalBytes,
      bytesPerDay: rate * costs.journalRowBytes * secondsPerDay,
      cores: coresOf(costs.postgresOfJournalUs),
    },
  };
}

/** The rates at which a part of the shape is full, events a second. */
export interface Ends {
  /** Of one topic with the usual partitions, each read by one process. */
  readonly partitions: number;
  /** Of one Postgres that applies them all. */
  readonly postgres: number;
  /** Of one Postgres that indexes them all. */
  readonly journal: number;
}

export function endsOf(costs: Costs): Ends {
  const least = (us: number, walBytes: number): number =>
    Math.min((assumed.postgresCores * assumed.busyShare * 1e6) / us, assumed.postgresWalBytesPerSecond / walBytes);
  return {
    partitions: assumed.leastPartitions * costs.consumerPerSecond * assumed.busyShare,
    postgres: least(costs.postgresOfConsumerUs, costs.walBytes),
    journal: least(costs.postgresOfJournalUs, costs.journalWalBytes),
  };
}
