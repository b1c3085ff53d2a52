import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

import { TrunklineError, withinMs } from '@trunkline/core';
import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';

import type { KafkaClient, KafkaConnection } from '../kafkajs/connection.ts';
import { brokerUnavailable, isCoordinatorMissing, protocolErrorType, topicMissing } from '../kafkajs/kafka-errors.ts';
import type { PumpState } from '../ports.ts';
import { countConsumed } from '../tracing.ts';
import { Background } from './background.ts';
import { BrokerClock } from './broker-clock.ts';
import { Committer } from './committer.ts';
import { Generation, type PartitionState, type Work } from './generation.ts';
import { Holds } from './holds.ts';
import { endBatch, incomingRecord, recordView } from './incoming.ts';
import { Lane } from './lane.ts';
import { LoopWatch } from './loop-watch.ts';
import type { ItemPumpOptions, PumpEvent } from './pump-options.ts';

/** What a record costs in memory beside its bytes: objects, header map, ledger entry. */
const recordOverheadBytes = 512;
const requestTimeoutMs = 20_000;
/** Also how long the fetch loop sleeps when every partition is paused, and so how late a heartbeat or resume may be. */
const defaultFetchWaitMs = 250;
/** How late a partition is read again that had no leader for a while: only by asking does a consumer learn that it has one. */
const metadataMaxAgeMs = 10_000;
/**
 * How long the others wait for a member to join again that gives signs of life: heartbeats or commits. The dead are out when
 * their session ends, in the middle of a rebalance too. Longer than the one request that a fetch loop may be waiting for.
 */
const rebalanceTimeoutMs = 60_000;
/** A rejoin may wait a minute for other members; a fetch loop that stands still for two is wedged. */
const stallLimitMs = 120_000;
/** Few: a group stands nearly still while its members keep asking a dead coordinator instead of looking for the new one. */
const consumerRetry = { retries: 5, initialRetryTime: 200, maxRetryTime: 2_000 } as const;
/** For the last commit and for leaving the group, beside the deadline of the work. */
const closeLimitMs = 2_000;

/**
 * kafkajs waits for every batch of a fetch before it fetches again, and sends heartbeats from that loop only. So
 * eachBatch does no work: it puts records on the lanes' lists and returns. `resolveOffset` there moves the position of
 * the next fetch and commits nothing; offsets are committed here, from the ledgers.
 */
export class KafkaPump {
  readonly #connection: KafkaConnection;
  readonly #options: ItemPumpOptions<unknown>;
  readonly #lanes: readonly Lane<Work>[];
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #clock = new BrokerClock();
  readonly #background = new Background((error) => this.#fail(error));
  readonly #holds: Holds;
  readonly #committer: Committer;
  readonly #watch: LoopWatch;
  #generation: Generation | undefined;
  #commitTimer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #isFatal = false;
  #lastProgressAt = Date.now();

  constructor(connection: KafkaConnection, options: ItemPumpOptions<unknown>) {
    this.#connection = connection;
    this.#options = options;
    this.#lanes = this.#createLanes();
    this.#client = connection.open({
      requestTimeoutMs,
      retry: consumerRetry,
      onLog: (message, fields) => this.#watchLog(message, fields),
    });
    this.#consumer = this.#createConsumer();
    this.#holds = new Holds(this.#consumer, () => this.#generation);
    this.#committer = new Committer(
      () => this.#generation,
      (error) => this.#emit({ kind: 'commit_failed', error }),
    );
    this.#watch = new LoopWatch({
      limitMs: stallLimitMs,
      onStall: (sinceMs) => {
        this.#emit({ kind: 'stalled', sinceMs });
        this.#client.destroySockets();
      },
      onDead: (sinceMs) => this.#fail(brokerUnavailable('reading', new Error(`no fetch for ${sinceMs} ms`))),
    });
  }

  async start(): Promise<void> {
    const { topics, groupId, commitIntervalMs = 500 } = this.#options;
    this.#listen();
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({
        topics: topics.map((topic) => this.#connection.onWire(topic)),
        fromBeginning: true,
      });
      this.#watch.start();
      this.#commitTimer = setInterval(() => this.#background.run(this.#committer.tick()), commitIntervalMs);
      await this.#run();
    } catch (error) {
      await this.#letGo();
      if (protocolErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') throw topicMissing(topics);
      throw brokerUnavailable(`the consumer of ${groupId} did not start`, error);
    }
  }

  async #run(): Promise<void> {
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#takeBatch(payload),
    });
  }

  async stop(deadlineMs: number): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#holds.holdAll('stop');
    const drained = Promise.all(this.#lanes.map((lane) => lane.close()));
    await withinMs(drained, deadlineMs, 'draining the pump').catch(() => undefined);
    await nextTurn();
    await withinMs(this.#committer.commit(), closeLimitMs, 'the last commit').catch(() => undefined);
    this.#generation?.end();
    await this.#letGo();
    this.#committer.endWaiting();
  }

  state(): PumpState {
    const partitions = this.#generation?.partitions() ?? [];
    const inside = this.#lanes.map(({ insideSinceMs }) => insideSinceMs).filter((since) => since !== undefined);
    return {
      assigned: partitions.map(nameOf),
      paused: partitions.filter(({ holds }) => holds.size > 0).map(nameOf),
      inFlightBytes: this.#lanes.reduce((sum, { bytes }) => sum + bytes, 0),
      generationId: this.#generation?.brokerId,
      lastProgressAt: this.#lastProgressAt,
      insideSinceMs: inside.length === 0 ? undefined : Math.min(...inside),
    };
  }

  idle(): Promise<void> {
    const idle = this.#committer.idle();
    this.#commitSoon();
    return idle;
  }

  #createLanes(): Lane<Work>[] {
    const { lanes = 2, maxBatchRecords = 500, maxBytesInFlight, process } = this.#options;
    const create = (): Lane<Work> =>
      new Lane({
        maxBytes: Math.floor(maxBytesInFlight / lanes),
        maxBatchRecords,
        process,
        onFinished: (work) => this.#finish(work),
        onRelief: (lane) => this.#holds.releaseLane(lane),
        onFatal: (error) => this.#fail(error),
      });
    return Array.from({ length: lanes }, create);
  }

  #createConsumer(): Consumer {
    const { groupId, maxBytesInFlight, minFetchBytes = 1, sessionTimeoutMs = 15_000 } = this.#options;
    return this.#client.kafka.consumer({
      groupId: this.#connection.onWire(groupId),
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / 10),
      rebalanceTimeout: rebalanceTimeoutMs,
      maxWaitTimeInMs: this.#options.fetchWaitMs ?? defaultFetchWaitMs,
      minBytes: minFetchBytes,
      metadataMaxAge: metadataMaxAgeMs,
      // What is fetched and does not fit is thrown away and fetched again, so a fetch is kept well below the limit.
      maxBytesPerPartition: clamp(maxBytesInFlight / this.#lanes.length / 4, 64 * 1024, 1024 * 1024),
      maxBytes: clamp(maxBytesInFlight / 2, 256 * 1024, 10 * 1024 * 1024),
      allowAutoTopicCreation: false,
      retry: { ...consumerRetry, restartOnFailure: () => Promise.resolve(!this.#isStopping) },
    });
  }

  #listen(): void {
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#guarded(() => this.#begin(payload.memberAssignment)));
    this.#consumer.on(events.REBALANCING, () => this.#guarded(() => this.#leave()));
    this.#consumer.on(events.CRASH, ({ payload }) =>
      this.#guarded(() => this.#crashed(payload.error, payload.restart)),
    );
    this.#consumer.on(events.HEARTBEAT, ({ payload }) => this.#noteGeneration(payload.groupGenerationId));
    this.#consumer.on(events.COMMIT_OFFSETS, ({ payload }) => this.#noteGeneration(payload.groupGenerationId));
    this.#consumer.on(events.FETCH, () => this.#watch.moved());
    this.#consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      // Markers of transactions only: nothing is handed over, yet the commit has to pass them.
      if (payload.batchSize === 0) this.#passMarkers(payload);
    });
  }

  /** kafkajs calls us in the middle of its own work: what we throw there, it fetches again for or gives up over. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A join has ended: everything before it is over. kafkajs keeps pauses across joins, so they are cleared. */
  #begin(memberAssignment: Readonly<Record<string, readonly number[]>>): void {
    const previous = this.#generation;
    previous?.end();
    const assignments = Object.entries(memberAssignment).flatMap(([wireTopic, partitions]) => {
      const topic = this.#connection.logical(wireTopic);
      return partitions.map((partition) => ({ wireTopic, topic, partition, lane: this.#laneOf(partition) }));
    });
    const generation = new Generation(assignments, previous !== undefined && !previous.isLeaving);
    this.#generation = generation;
    for (const lane of this.#lanes) lane.clear();
    this.#consumer.resume(this.#consumer.paused());
    for (const lane of this.#lanes) if (lane.isFull) this.#holds.holdLane(lane);
    if (this.#isStopping) this.#holds.holdAll('stop');
    this.#watch.moved();
    this.#emit({ kind: 'joined', assigned: generation.partitions().map(nameOf) });
    this.#committer.resolveIdle();
  }

  /** The group rebalances. This is the last moment at which the broker takes commits of this generation. */
  #leave(): void {
    this.#background.run(this.#committer.commit());
    if (this.#generation !== undefined) this.#generation.isLeaving = true;
    this.#emit({ kind: 'rebalancing' });
  }

  #crashed(error: Error, restarts: boolean): void {
    if (this.#generation !== undefined) this.#generation.isLeaving = true;
    if (this.#isStopping) return;
    const comesBack = isCoordinatorMissing(error);
    if (!restarts && !comesBack) {
      this.#fail(brokerUnavailable(`the consumer of ${this.#options.groupId} ended for good`, error));
      return;
    }
    this.#emit({ kind: 'crashed', error });
    if (!restarts) this.#background.run(this.#runAgain());
  }

  /** As kafkajs does it for the crashes that it thinks can pass: it has disconnected, and run() connects anew. */
  async #runAgain(): Promise<void> {
    await delay(consumerRetry.maxRetryTime);
    if (!this.#isStopping) await this.#run();
  }

  #takeBatch(payload: EachBatchPayload): Promise<void> {
    this.#watch.moved();
    const generation = this.#generation;
    const isReading = generation?.isLeaving === false && !this.#isStopping && !this.#isFatal;
    if (isReading) this.#guarded(() => this.#handOut(payload, generation));
    endBatch(payload.batch);
    return Promise.resolve();
  }

  #handOut(payload: EachBatchPayload, generation: Generation): void {
    const { batch } = payload;
    const state = generation.partition(batch.topic, batch.partition);
    const firstOffset = batch.firstOffset();
    if (state === undefined || firstOffset === null) return;
    generation.commitOffsets ??= (offsets) => payload.commitOffsetsIfNecessary(offsets);
    if (!state.guard.accepts(BigInt(firstOffset))) {
      this.#emit({ kind: 'batch_refused', topic: state.topic, partition: state.partition });
      return;
    }
    const lastTaken = this.#takeWhileFree(batch.messages, state, generation);
    const isWhole = lastTaken === batch.messages.at(-1);
    const position = isWhole ? batch.lastOffset() : lastTaken?.offset;
    if (position === undefined) return;
    if (isWhole) state.ledger.endBatch(BigInt(position));
    payload.resolveOffset(position);
    state.guard.moveTo(BigInt(position) + 1n);
  }

  /** Puts messages on the lane's list until something says wait. What is left is not resolved and so fetched again. */
  #takeWhileFree(
    messages: readonly KafkaMessage[],
    state: PartitionState,
    generation: Generation,
  ): KafkaMessage | undefined {
    const delayMs = this.#options.delayOf?.(state.topic);
    const { itemOf, onlyHeaders } = this.#options;
    let lastTaken: KafkaMessage | undefined;
    let count = 0;
    for (const message of messages) {
      if (state.lane.isFull) {
        this.#holds.holdLane(state.lane);
        break;
      }
      const waitMs = delayMs === undefined ? 0 : this.#clock.remainingMs(Number(message.timestamp), delayMs);
      if (waitMs > 0) {
        this.#holds.holdFor(state, waitMs);
        break;
      }
      const record =
        onlyHeaders === undefined
          ? incomingRecord(state.topic, state.partition, message)
          : recordView(state.topic, state.partition, message, onlyHeaders);
      const tenant = this.#options.tenantOf?.(record);
      if (tenant !== undefined && state.shares.mustWait(tenant)) {
        this.#holds.hold(state, 'tenant');
        break;
      }
      const entry = state.ledger.deliver(record.offset);
      const bytes = record.sizeBytes + recordOverheadBytes;
      state.lane.add({
        item: itemOf(record),
        entry,
        partition: state,
        generation,
        signal: generation.signal,
        tenant: tenant ?? '',
        bytes,
      });
      state.shares.add(tenant ?? '', bytes);
      lastTaken = message;
      count += 1;
    }
    if (count > 0) countConsumed(state.topic, this.#options.groupId, count);
    return lastTaken;
  }

  #finish(work: readonly Work[]): void {
    this.#lastProgressAt = Date.now();
    let tooLate = 0;
    for (const { entry, partition, generation, tenant, bytes } of work) {
      if (generation.isOver) {
        tooLate += 1;
        continue;
      }
      partition.ledger.finish(entry);
      if (partition.shares.remove(tenant, bytes)) this.#holds.release(partition, 'tenant');
    }
    if (tooLate > 0) this.#emit({ kind: 'finished_too_late', records: tooLate });
    if (this.#committer.hasWaiters) this.#commitSoon();
  }

  #commitSoon(): void {
    setImmediate(() => this.#background.run(this.#committer.commit()));
  }

  #passMarkers({ topic, partition, lastOffset }: { topic: string; partition: number; lastOffset: string }): void {
    const state = this.#generation?.partition(topic, partition);
    state?.ledger.endBatch(BigInt(lastOffset));
    state?.guard.moveTo(BigInt(lastOffset) + 1n);
  }

  #noteGeneration(brokerId: number): void {
    if (this.#generation?.isLeaving === false) this.#generation.brokerId = brokerId;
    this.#watch.moved();
  }

  /** kafkajs tells in its log only that it has thrown a committed offset away. The fields name topic and partition. */
  #watchLog(message: string, { topic, partition }: Readonly<Record<string, unknown>>): void {
    if (
      !message.startsWith('Offset out of range, resetting') ||
      typeof topic !== 'string' ||
      typeof partition !== 'number'
    )
      return;
    this.#emit({ kind: 'offset_reset', topic: this.#connection.logical(topic), partition });
  }

  #laneOf(partition: number): Lane<Work> {
    const lane = this.#lanes[partition % this.#lanes.length];
    if (lane === undefined) throw new TrunklineError('config_invalid', 'a pump needs at least one lane');
    return lane;
  }

  #fail(error: unknown): void {
    if (this.#isFatal) return;
    this.#isFatal = true;
    this.#options.onFatal(error);
  }

  #emit(event: PumpEvent): void {
    this.#options.onEvent?.(event);
  }

  async #letGo(): Promise<void> {
    clearInterval(this.#commitTimer);
    this.#watch.stop();
    await withinMs(this.#consumer.disconnect(), closeLimitMs, 'leaving the group').catch(() => undefined);
    this.#client.destroySockets();
  }
}

function nameOf({ topic, partition }: PartitionState): string {
  return `${topic}[${partition}]`;
}

function clamp(value: number, min: number, max: number): number {
  return Math.floor(Math.min(max, Math.max(min, value)));
}
