import { type Backoff, classify, type Clock, untilAnswers } from '@trunkline/core';
import { journalLimits, type JournalRow, type JournalWriter } from '@trunkline/journal';
import { createItemPump, type IncomingRecord, type KafkaConnection, type Pump, type PumpEvent } from '@trunkline/kafka';
import type { Logger } from '@trunkline/runtime';

import type { IndexedGroup, LateRow } from './indexers/indexer.ts';
import { createPortionWriter } from './write-in-portions.ts';

export interface IndexGroupOptions extends IndexedGroup {
  readonly kafka: KafkaConnection;
  readonly writer: JournalWriter;
  /** Of one statement of the writer. */
  readonly statementTimeoutMs: number;
  readonly maxBytesInFlight: number;
  readonly sessionTimeoutMs: number;
  readonly maxBatchRecords: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** One Kafka group of the journal: its topics, record by record, into the index. */
export interface IndexGroup {
  /** Resolves when it reads; waits for brokers that are away. */
  start(signal: AbortSignal): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
  /** Why it stands still; undefined when it does not. */
  waitingFor(): string | undefined;
  idle(): Promise<void>;
}

const startBackoff: Backoff = { firstMs: 200, lastMs: 2_000 };
const awayBackoff: Backoff = { firstMs: 100, lastMs: 1_000 };

export function createIndexGroup(options: IndexGroupOptions): IndexGroup {
  const { groupId, indexers, onlyHeaders, fetchWaitMs, log } = options;
  const portions = createPortionWriter(options.writer, {
    mostRows: options.maxBatchRecords,
    deadlineMs: Math.min(options.statementTimeoutMs, journalLimits.insertDeadlineMs),
    log,
  });
  const stopping = new AbortController();
  let waiting: string | undefined = 'starting';
  let pump: Pump | undefined;

  /** Resolves when they are in the index. Whoever is away is waited for: the topics keep their records for days. */
  async function index(items: readonly (JournalRow | LateRow)[], ours: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([ours, stopping.signal]);
    let left: readonly JournalRow[] | undefined;
    await untilAnswers(
      async () => {
        left ??= await rowsOf(items);
        while (left.length > 0) {
          left = await portions.writeFirst(left, signal);
          waiting = undefined;
        }
      },
      {
        backoff: awayBackoff,
        signal,
        onAway: ({ message }) => {
          waiting ??= message;
          log.warn({ event: 'journal.waiting', group: groupId, reason: message }, 'cannot index; trying again');
        },
      },
    );
  }

  async function rowsOf(items: readonly (JournalRow | LateRow)[]): Promise<readonly JournalRow[]> {
    const rows: JournalRow[] = [];
    for (const item of items) rows.push(typeof item === 'function' ? await item() : item);
    return rows;
  }

  function rowOf(record: IncomingRecord): JournalRow | LateRow {
    const indexer = indexers.get(record.topic);
    if (indexer === undefined) throw new RangeError(`${groupId} reads ${record.topic}, which nothing indexes`);
    return indexer(record);
  }

  function create(): Pump {
    return createItemPump(options.kafka, {
      groupId,
      topics: [...indexers.keys()],
      // On arrival: a row is a tenth of its record, and what is freed young costs next to nothing.
      itemOf: rowOf,
      process: (items, signal) => index(items, signal).catch((error: unknown) => leaveWhenStopping(error)),
      maxBytesInFlight: options.maxBytesInFlight,
      maxBatchRecords: options.maxBatchRecords,
      // One transaction at a time: larger batches cost less than several at once would save.
      lanes: 1,
      minFetchBytes: journalLimits.minFetchBytes,
      ...(onlyHeaders === undefined ? {} : { onlyHeaders }),
      ...(fetchWaitMs === undefined ? {} : { fetchWaitMs }),
      sessionTimeoutMs: options.sessionTimeoutMs,
      onFatal: options.onFatal,
      onEvent: (event) => logPumpEvent(log, groupId, event),
    });
  }

  /** What is not indexed when we stop stays unfinished, so its offsets are not committed. */
  async function leaveWhenStopping(error: unknown): Promise<void> {
    if (!stopping.signal.aborted) throw error;
    await new Promise<never>(() => undefined);
  }

  return {
    async start(signal) {
      pump = await untilAnswers(
        async () => {
          const created = create();
          await created.start();
          return created;
        },
        {
          backoff: startBackoff,
          signal,
          onAway: ({ message }) =>
            log.warn({ event: 'pump.waiting', group: groupId, reason: message }, 'Kafka is away; trying again'),
        },
      );
      waiting = undefined;
    },
    async stop(deadlineMs) {
      // A write that waits for Postgres does not finish by waiting for it.
      if (waiting !== undefined) stopping.abort();
      await pump?.stop({ deadlineMs: waiting === undefined ? deadlineMs : 0 });
      stopping.abort();
    },
    waitingFor: () => waiting,
    idle: async () => {
      await pump?.idle();
    },
  };
}

function logPumpEvent(log: Logger, group: string, event: PumpEvent): void {
  const { kind, ...fields } = event;
  const line = { event: `pump.${kind}`, group, ...fields };
  if (kind === 'joined' || kind === 'rebalancing') log.info(line, 'journal group');
  else if (kind === 'offset_reset')
    log.error(line, 'ALERT: the committed offset is gone; records may be missing from the index');
  else log.warn({ ...line, ...('error' in event ? { code: classify(event.error).code } : {}) }, 'journal group');
}
