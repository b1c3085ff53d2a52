import { createRequire } from 'node:module';

import type { PatchOutcome } from './timer-patch.ts';

/** Where kafkajs keeps a moment by the clock of the machine: the module, the class it exports, and the member. */
export const keptMoments = [
  // The last heartbeat. With the clock set back an hour there would be none for an hour, and the group goes on without us.
  { file: 'kafkajs/src/consumer/consumerGroup.js', member: 'lastRequest' },
  // The start of a request. Set back, it would have no timeout for as long; set forward, it would be over at once.
  { file: 'kafkajs/src/network/requestQueue/socketRequest.js', member: 'sentAt' },
  // The end of a wait that the broker asked for.
  { file: 'kafkajs/src/network/requestQueue/index.js', member: 'throttledUntil' },
  // When it is asked again who leads which partition.
  { file: 'kafkajs/src/cluster/brokerPool.js', member: 'metadataExpireAt' },
] as const;

const marker = Symbol.for('trunkline.kafkajs.clockPatch');

/**
 * kafkajs 2.2.4 measures how long something lasts by the clock of the machine, which may be set. The moments it remembers
 * are kept by a clock that nobody sets, and told as the machine's clock would tell them now: so they move with it.
 */
export function installClockPatch(): PatchOutcome {
  const load = createRequire(import.meta.url);
  const prototypes = keptMoments.map(({ file, member }) => ({ prototype: prototypeOf(load(file)), member }));
  const found = prototypes.flatMap(({ prototype, member }) => (prototype === undefined ? [] : [{ prototype, member }]));
  if (found.length < keptMoments.length) return 'other_version';
  if (found.some(({ prototype }) => marker in prototype)) return 'already_installed';
  for (const { prototype, member } of found) {
    keepSteady(prototype, member);
    Object.defineProperty(prototype, marker, { value: true });
  }
  return 'installed';
}

/** Of a class that a module of kafkajs exports. */
export function prototypeOf(loaded: unknown): object | undefined {
  if (typeof loaded !== 'function') return undefined;
  const prototype: unknown = loaded.prototype;
  return typeof prototype === 'object' && prototype !== null ? prototype : undefined;
}

/** What is assigned to the member is kept by steady time; anything but a number as it is. */
function keepSteady(prototype: object, member: string): void {
  const kept = new WeakMap<object, unknown>();
  Object.defineProperty(prototype, member, {
    configurable: true,
    enumerable: true,
    get(this: object): unknown {
      const value = kept.get(this);
      return typeof value === 'number' ? Math.round(value + wallAheadMs()) : value;
    },
    set(this: object, value: unknown) {
      kept.set(this, typeof value === 'number' ? value - wallAheadMs() : value);
    },
  });
}

/** Of steady time. */
function wallAheadMs(): number {
  return Date.now() - performance.now();
}
