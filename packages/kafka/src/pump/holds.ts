import type { Generation, HoldReason, PartitionState, Work } from './generation.ts';
import type { Lane } from './lane.ts';

/** The part of a kafkajs consumer that stops and starts the fetching of partitions. */
export interface Fetching {
  pause(partitions: { topic: string; partitions: number[] }[]): void;
  resume(partitions: { topic: string; partitions: number[] }[]): void;
}

/** Keeps partitions from being read, each for as long as any reason for it lasts. */
export class Holds {
  readonly #fetching: Fetching;
  /** Between a crash and the restart kafkajs has no member to pause and throws; the next join begins without pauses. */
  readonly #current: () => Generation | undefined;

  constructor(fetching: Fetching, current: () => Generation | undefined) {
    this.#fetching = fetching;
    this.#current = current;
  }

  hold(state: PartitionState, reason: HoldReason): void {
    if (state.holds.size === 0 && this.#isRunning()) this.#fetching.pause(asList(state));
    state.holds.add(reason);
  }

  release(state: PartitionState, reason: HoldReason): void {
    if (!state.holds.delete(reason) || state.holds.size > 0) return;
    if (this.#isRunning()) this.#fetching.resume(asList(state));
  }

  holdFor(state: PartitionState, waitMs: number): void {
    this.hold(state, 'due');
    clearTimeout(state.dueTimer);
    state.dueTimer = setTimeout(() => this.release(state, 'due'), waitMs);
  }

  holdLane(lane: Lane<Work>): void {
    for (const state of this.#partitionsOf(lane)) this.hold(state, 'bytes');
  }

  releaseLane(lane: Lane<Work>): void {
    for (const state of this.#partitionsOf(lane)) this.release(state, 'bytes');
  }

  holdAll(reason: HoldReason): void {
    for (const state of this.#current()?.partitions() ?? []) this.hold(state, reason);
  }

  #partitionsOf(lane: Lane<Work>): PartitionState[] {
    return (this.#current()?.partitions() ?? []).filter((state) => state.lane === lane);
  }

  #isRunning(): boolean {
    return this.#current()?.isLeaving === false;
  }
}

function asList({ wireTopic, partition }: PartitionState): { topic: string; partitions: number[] }[] {
  return [{ topic: wireTopic, partitions: [partition] }];
}
