import { TrunklineError } from '@trunkline/core';
import {
  type BlockedKey,
  changeKey,
  countWaiting,
  findApplied,
  findGone,
  lockKeys,
  type ParkedEvent,
  parkEvents,
  takeFirst,
  type Transaction,
} from '@trunkline/postgres';

import type { Via } from '../handler.ts';

/** An event whose key is kept in order, on its way into a transaction. */
export interface OrderedEvent {
  readonly keyId: string;
  readonly uuid: string;
  readonly via: Via;
  /** It waited, and its turn has come. */
  readonly isParked: boolean;
  /** As it is written down if it has to wait. */
  park(): ParkedEvent;
}

export interface KeepBackOptions {
  readonly parkedPerKey: number;
  readonly nowMs: number;
}

/** Why an event, by its uuid, has no part in the transaction: it waits, or its fate is known. */
export type KeptBack = ReadonlyMap<string, 'parked' | 'duplicate'>;

/**
 * First thing in the transaction: events of blocked keys are parked in it, and those whose turn has come are taken out of
 * their places in it. A row of `blocked_key` is the lock of its key. Where there is none nothing waits, and the order is
 * that of the partition: whoever has the record in hand has seen those before it applied or their key blocked.
 * Throws `parked_full` where as many wait for a key as may.
 */
export async function keepBack(
  tx: Transaction,
  events: readonly OrderedEvent[],
  options: KeepBackOptions,
): Promise<KeptBack> {
  const kept = new Map<string, 'parked' | 'duplicate'>();
  if (events.length === 0) return kept;
  const keys = await lockKeys(tx, [...new Set(events.map(({ keyId }) => keyId))]);
  const byKey = new Map(keys.map((key) => [key.keyId, key]));
  const released = events.filter(({ isParked }) => isParked);
  const arriving = events.filter(({ isParked, keyId }) => !isParked && byKey.has(keyId));
  for (const [keyId, own] of Map.groupBy(released, ({ keyId }) => keyId))
    for (const [uuid, why] of await takeTurn(tx, byKey.get(keyId), own)) kept.set(uuid, why);
  if (arriving.length > 0)
    for (const [uuid, why] of await arrive(tx, { byKey, events: arriving }, options)) kept.set(uuid, why);
  return kept;
}

/** Somebody else may have moved them, or others may have come before them since they were read. */
async function takeTurn(
  tx: Transaction,
  key: BlockedKey | undefined,
  events: readonly OrderedEvent[],
): Promise<KeptBack> {
  const isTurn =
    key?.state === 'retrying' &&
    (await takeFirst(
      tx,
      key.keyId,
      events.map((event) => event.park()),
    ));
  if (!isTurn) return new Map(events.map(({ uuid }) => [uuid, 'parked']));
  await countWaiting(tx, [key.keyId]);
  // Of one event received twice, the second one shares the fate of the first.
  const gone = await findGone(
    tx,
    [key.keyId],
    events.map(({ uuid }) => uuid),
  );
  return new Map([...gone].map((uuid) => [uuid, 'duplicate']));
}

interface Arrival {
  /** The rows of their keys, locked. */
  readonly byKey: ReadonlyMap<string, BlockedKey>;
  readonly events: readonly OrderedEvent[];
}

async function arrive(
  tx: Transaction,
  { byKey, events }: Arrival,
  { parkedPerKey, nowMs }: KeepBackOptions,
): Promise<KeptBack> {
  const uuids = events.map(({ uuid }) => uuid);
  const gone = await findGone(tx, [...byKey.keys()], uuids);
  const applied = await findApplied(tx, uuids);
  const kept = new Map<string, 'parked' | 'duplicate'>();
  const waiting: OrderedEvent[] = [];
  for (const event of events) {
    const { uuid, via, keyId } = event;
    if (applied.has(uuid) || (gone.has(uuid) && via !== 'redrive')) kept.set(uuid, 'duplicate');
    else if (byKey.get(keyId)?.state !== 'passed') waiting.push(event);
  }
  for (const { uuid } of waiting) kept.set(uuid, 'parked');
  for (const [keyId, own] of Map.groupBy(waiting, ({ keyId }) => keyId)) {
    const key = byKey.get(keyId);
    // A letter that is sent back is what the others wait for.
    const more = own.filter(({ via }) => via !== 'redrive').length;
    if (key !== undefined && more > 0 && key.waiting + more > parkedPerKey) throw full(key, parkedPerKey);
  }
  await parkEvents(
    tx,
    waiting.map((event) => event.park()),
  );
  await countWaiting(tx, [...new Set(waiting.map(({ keyId }) => keyId))]);
  for (const { keyId, uuid, via } of waiting) {
    const key = byKey.get(keyId);
    // The letter that the others wait for is back: it is the first of them again.
    if (via === 'redrive' && key?.state === 'held' && key.headId === uuid)
      await changeKey(tx, keyId, { state: 'retrying', headId: key.headId, attempts: 0, code: '', dueAtMs: nowMs });
  }
  return kept;
}

function full({ recordKey, topic, waiting }: BlockedKey, limit: number): TrunklineError {
  return new TrunklineError(
    'parked_full',
    `${waiting} events of ${topic} wait in the key ${recordKey}, the limit is ${limit}: see trunkline keys list`,
  );
}
