import { failpoint } from '@trunkline/core';

import type { Generation, PartitionState } from './generation.ts';

/** Commits what is finished, never for another generation than the one it was finished in. */
export class Committer {
  readonly #current: () => Generation | undefined;
  readonly #onError: (error: unknown) => void;
  #inFlight = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(current: () => Generation | undefined, onError: (error: unknown) => void) {
    this.#current = current;
    this.#onError = onError;
  }

  get hasWaiters(): boolean {
    return this.#idleWaiters.length > 0;
  }

  /** As commit(), unless one is on its way: for the interval. */
  async tick(): Promise<void> {
    if (this.#inFlight === 0) await this.commit();
  }

  /**
   * One request and one attempt: kafkajs would repeat a failed commit after a rejoin, in the name of the new generation.
   *
   * Call it first thing in a turn of the event loop, or from the listener that says a rejoin is about to begin. Between
   * a join's answer and GROUP_JOIN lie only microtasks, but in those the member already commits as a new one.
   */
  async commit(): Promise<void> {
    const generation = this.#current();
    const due = generation?.uncommitted() ?? [];
    if (generation === undefined || generation.isOver || generation.isLeaving) return;
    if (due.length > 0 && generation.commitOffsets !== undefined) {
      this.#inFlight += 1;
      try {
        failpoint('consumer.before_offset_commit');
        await generation.commitOffsets({ topics: byTopic(due) });
        for (const { state, offset } of due) state.committed = offset;
      } catch (error) {
        this.#onError(error);
      } finally {
        this.#inFlight -= 1;
      }
    }
    this.resolveIdle();
  }

  /** Resolves when everything handed over so far is finished and committed, or is no longer ours. */
  idle(): Promise<void> {
    if (this.#current()?.isIdle() !== false) return Promise.resolve();
    return new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  resolveIdle(): void {
    if (this.#current()?.isIdle() !== false) this.endWaiting();
  }

  endWaiting(): void {
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}

interface TopicOffsets {
  topic: string;
  partitions: { partition: number; offset: string }[];
}

function byTopic(due: readonly { readonly state: PartitionState; readonly offset: bigint }[]): TopicOffsets[] {
  const topics = new Map<string, TopicOffsets>();
  for (const { state, offset } of due) {
    const topic = topics.get(state.wireTopic) ?? { topic: state.wireTopic, partitions: [] };
    topic.partitions.push({ partition: state.partition, offset: offset.toString() });
    topics.set(state.wireTopic, topic);
  }
  return [...topics.values()];
}
