import type { KafkaConnection } from '../kafkajs/connection.ts';
import type { PublisherState } from '../ports.ts';
import { timeRequest } from '../tracing.ts';
import { ProducerSession, type SessionEvent } from './producer-session.ts';
import type { SendBatch } from './send-lane.ts';

/** A producer for each broker that leads something, so that none waits for another's answer. */
export class Sessions {
  readonly #connection: KafkaConnection;
  readonly #onEvent: (event: SessionEvent) => void;
  /** Connected before anything is published; becomes that of the broker that is needed first. */
  readonly #first: ProducerSession;
  readonly #byLeader = new Map<number, ProducerSession>();

  constructor(connection: KafkaConnection, onEvent: (event: SessionEvent) => void) {
    this.#connection = connection;
    this.#onEvent = onEvent;
    this.#first = new ProducerSession(connection, onEvent);
  }

  /** One attempt to connect; never rejects. Further attempts follow by themselves. */
  async begin(): Promise<void> {
    await this.#first.begin();
  }

  of(leader: number): SendBatch {
    const session = this.#byLeader.size === 0 ? this.#first : new ProducerSession(this.#connection, this.#onEvent);
    this.#byLeader.set(leader, session);
    return async (parts) => {
      const startedAtMs = performance.now();
      const outcomes = await session.send(parts);
      const bad = outcomes.find((outcome) => outcome.kind !== 'acknowledged');
      timeRequest((performance.now() - startedAtMs) / 1_000, bad?.error);
      return outcomes;
    };
  }

  /** Of these brokers; of the first session while none is needed. One that takes records makes the publisher ready. */
  state(leaders: readonly number[]): PublisherState {
    const used = leaders.flatMap((leader) => this.#byLeader.get(leader) ?? []);
    const states = (used.length === 0 ? [this.#first] : used).map(({ state }) => state);
    return states.find((state) => state === 'ready') ?? states.find((state) => state === 'failing') ?? 'connecting';
  }

  async close(): Promise<void> {
    await Promise.all(new Set([this.#first, ...this.#byLeader.values()]).values().map((session) => session.close()));
  }
}
