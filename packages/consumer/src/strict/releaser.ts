import { setTimeout as delay } from 'node:timers/promises';

import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { backoffMs, classify, failpoint, settledWithin, TrunklineError } from '@trunkline/core';
import {
  type BlockedKey,
  changeKey,
  claimKey,
  forgetKey,
  hasGone,
  lockKeys,
  readWaiting,
  renewClaim,
  type Transaction,
} from '@trunkline/postgres';

import type { BatchContext } from '../batch/batch-context.ts';
import type { ProcessBatch } from '../batch/batch.ts';
import { notRun } from '../batch/run.ts';
import type { ConsumerLog } from '../ports.ts';
import type { ParkedRecord } from './ordering.ts';
import { parkedRecord } from './parked-record.ts';
import { createParking, released, type WhenDead } from './parking.ts';

/** Applies what is parked when it is due, key by key. Any number of processes may do it at once. */
export interface Releaser {
  start(): void;
  /** One round: every key that is due now. */
  round(signal: AbortSignal): Promise<void>;
  /** Begins nothing any more, waits for what runs until the deadline, then takes it away. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

export interface ReleaserOptions {
  readonly batch: BatchContext;
  /** The flow of a batch that comes again. */
  readonly process: ProcessBatch;
  readonly everyMs: number;
  readonly log: ConsumerLog;
}

interface GivenUp {
  readonly source: ParkedRecord;
  readonly error: TrunklineError;
  readonly whenDead: WhenDead;
}

const awayBackoff = { firstMs: 100, lastMs: 5_000 };

export function createReleaser({ batch, process, everyMs, log }: ReleaserOptions): Releaser {
  const { database, limits, clock } = batch;
  const parking = createParking(batch);
  const stopping = new AbortController();
  const aborting = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      try {
        await round(aborting.signal);
        failures = 0;
      } catch (thrown) {
        if (aborting.signal.aborted) return;
        const { code, message } = classify(thrown);
        if (failures === 0) log.warn({ event: 'releaser_waits', code, reason: message }, 'keys in order wait');
        failures += 1;
      }
      const waitMs = failures === 0 ? everyMs : backoffMs(failures, awayBackoff);
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  async function round(signal: AbortSignal): Promise<void> {
    await batch.parkedGauge.look(signal);
    while (!stopping.signal.aborted) {
      const key = await claimKey(database, { nowMs: clock(), leaseMs: leaseMs(), signal });
      if (key === undefined) return;
      await workOn(key, signal);
    }
  }

  /** Longer than a transaction takes: a claim is renewed after each. */
  function leaseMs(): number {
    return limits.handlerDeadlineMs * 2;
  }

  async function workOn(key: BlockedKey, signal: AbortSignal): Promise<void> {
    if (key.decision === 'skip' && key.state === 'retrying') await passOver(key, signal);
    else if (key.decision === null && key.state === 'held') return await endHold(key, signal);
    if (key.state === 'held') await inTransaction(key, signal, (tx) => changeKey(tx, key.keyId, released(clock())));
    await release(key, signal);
  }

  /** The first by itself, since it failed before; then as many at once as may be. */
  async function release(key: BlockedKey, signal: AbortSignal): Promise<void> {
    for (let size = 1; ; size = limits.releaseBatch) {
      const records = await waiting(key, size, signal);
      if (records.length === 0) {
        if (await close(key, signal)) return;
        continue;
      }
      await process(records, signal);
      failpoint('strict.after_release');
      if (stopping.signal.aborted || !(await isDue(key, records[0], signal))) return;
      await renewClaim(database, key.keyId, clock() + leaseMs());
    }
  }

  /** Whether there is more to be done now. False, too, where nothing could be taken: somebody else works on the key. */
  async function isDue(key: BlockedKey, first: ParkedRecord | undefined, signal: AbortSignal): Promise<boolean> {
    const [next] = await waiting(key, 1, signal);
    if (next !== undefined && next.offset === first?.offset && next.partition === first.partition) return false;
    return await inTransaction(key, signal, async (tx) => {
      const [now] = await lockKeys(tx, [key.keyId]);
      return now?.state === 'retrying' && now.dueAtMs <= clock();
    });
  }

  /** Nothing waits any more. False when something does by now. */
  async function close(key: BlockedKey, signal: AbortSignal): Promise<boolean> {
    const { keyId } = key;
    return await inTransaction(key, signal, async (tx) => {
      const [now] = await lockKeys(tx, [keyId]);
      if (now === undefined) return true;
      if (now.waiting > 0) return false;
      const isForgotten = now.state === 'passed' && now.dueAtMs <= clock();
      if (isForgotten || !(await hasGone(tx, keyId))) await forgetKey(tx, keyId);
      else if (now.state !== 'passed')
        await changeKey(tx, keyId, { ...now, state: 'passed', dueAtMs: clock() + limits.passedMs });
      return true;
    });
  }

  async function passOver(key: BlockedKey, signal: AbortSignal): Promise<void> {
    const [first] = await waiting(key, 1, signal);
    if (first !== undefined)
      await giveUp({ source: first, error: skipped(), whenDead: (_failure, nowMs) => released(nowMs) }, signal);
  }

  /** Nobody has mended the first: the others become dead letters after it, in their order. */
  async function endHold(key: BlockedKey, signal: AbortSignal): Promise<void> {
    for (;;) {
      const [first] = await waiting(key, 1, signal);
      if (first === undefined) break;
      // Held until the last one is, and due: whoever comes after a crash goes on here.
      const whenDead: WhenDead = (last, dueAtMs) => ({ ...last, state: 'held', dueAtMs });
      await giveUp({ source: first, error: heldTooLong(limits.holdMs), whenDead }, signal);
      await renewClaim(database, key.keyId, clock() + leaseMs());
    }
    await close(key, signal);
  }

  async function giveUp({ source, error, whenDead }: GivenUp, signal: AbortSignal): Promise<void> {
    await parking.park({ failed: notRun(batch, { source, via: 'retry', error }), behind: [] }, signal, whenDead);
  }

  async function waiting(key: BlockedKey, limit: number, signal: AbortSignal): Promise<readonly ParkedRecord[]> {
    const events = await inTransaction(key, signal, (tx) => readWaiting(tx, key.keyId, limit));
    const seen = new Set<string>();
    const again = events.findIndex(({ uuid }) => seen.size === seen.add(uuid).size);
    // One that was received twice ends a batch: of two with one id only the first is run.
    return (again === -1 ? events : events.slice(0, again)).map((event) => parkedRecord(event, key));
  }

  function inTransaction<T>(
    { tenantId }: Pick<BlockedKey, 'tenantId'>,
    signal: AbortSignal,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    return database.transaction([tenantId], work, { deadlineMs: limits.handlerDeadlineMs, signal });
  }

  return {
    start() {
      // Outside of any span: each attempt has the trace of its record.
      running ??= context.with(ROOT_CONTEXT, run);
    },
    round,
    async stop({ deadlineMs }) {
      stopping.abort();
      if (running === undefined) return;
      if ((await settledWithin(running, deadlineMs)) === 'done') return;
      aborting.abort();
      await running;
    },
  };
}

function skipped(): TrunklineError {
  return new TrunklineError('key_skipped', 'passed over by an operator, so that the events after it could go on');
}

function heldTooLong(holdMs: number): TrunklineError {
  return new TrunklineError(
    'key_held',
    `an event of its key before it is a dead letter, and was not fixed within ${holdMs / 3_600_000} hours`,
  );
}
