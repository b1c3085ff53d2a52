import { type TrunklineError, withinMs } from '@trunkline/core';

import { Background } from '../pump/background.ts';

/** The leader of each partition of a topic, -1 where it has none; or why the topic cannot be published to. */
export type TopicLeaders = readonly number[] | TrunklineError;

/** Asks a broker. Rejects when none answers; what is wrong with a topic alone is in the answer. */
export type AskLeaders = (topics: readonly string[]) => Promise<ReadonlyMap<string, TopicLeaders>>;

export interface LeadersOptions {
  readonly ask: AskLeaders;
  /** What is known has changed, or was confirmed. */
  readonly onSeen: (refused: ReadonlyMap<string, TrunklineError>) => void;
  /** As of a lane: there is no way for the loop to fail. */
  readonly onBroken: (cause: unknown) => void;
}

/** So often at most is asked again what was answered before. */
const askAgainMs = 500;
const closeMs = 1_000;

/**
 * Which broker leads which partition, as it was said last. Nothing rests on it being true: a send to a broker that does
 * not lead any more is mended by the client or fails, and is then asked about.
 */
export class Leaders {
  readonly #options: LeadersOptions;
  readonly #known = new Map<string, readonly number[]>();
  /** Asked for, and not answered yet. */
  readonly #unknown = new Set<string>();
  readonly #closing = new AbortController();
  readonly #background: Background;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #isWanted = false;
  #isRunning = false;
  #wasInVain = false;

  constructor(options: LeadersOptions) {
    this.#options = options;
    this.#background = new Background(options.onBroken);
  }

  of(topic: string): readonly number[] | undefined {
    return this.#known.get(topic);
  }

  /** Sees to it that the leaders of a topic become known. */
  want(topic: string): void {
    if (this.#unknown.has(topic)) return;
    this.#unknown.add(topic);
    this.look();
  }

  /** Milliseconds since anything was asked. */
  ageMs(): number {
    return performance.now() - this.#askedAtMs;
  }

  /** Has a broker asked soon. */
  look(): void {
    this.#isWanted = true;
    if (this.#isRunning || this.#closing.signal.aborted) return;
    this.#isRunning = true;
    this.#background.run(this.#run());
  }

  /** A question that a frozen broker does not answer ends by its own deadline. */
  async close(): Promise<void> {
    this.#closing.abort();
    await withinMs(this.#background.settled(), closeMs, 'the last question for leaders').catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    try {
      while (this.#isWanted && !signal.aborted) await this.#askInTime();
    } finally {
      this.#isRunning = false;
    }
  }

  async #askInTime(): Promise<void> {
    // Topics of which nothing is known are asked for at once: their records cannot even be put in order.
    const waitMs = this.#unknown.size > 0 && !this.#wasInVain ? 0 : askAgainMs - this.ageMs();
    if (waitMs > 0) await this.#pause(waitMs);
    if (!this.#closing.signal.aborted) await this.#ask();
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#closing;
    return new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  async #ask(): Promise<void> {
    this.#isWanted = false;
    this.#askedAtMs = performance.now();
    let answer: ReadonlyMap<string, TopicLeaders>;
    try {
      answer = await this.#options.ask([...this.#known.keys(), ...this.#unknown]);
    } catch {
      // The sessions tell that no broker answers.
      this.#again();
      return;
    }
    this.#wasInVain = false;
    this.#options.onSeen(this.#learn(answer));
  }

  /** Later, and not at once although something is unknown. */
  #again(): void {
    this.#wasInVain = true;
    this.#isWanted = true;
  }

  #learn(answer: ReadonlyMap<string, TopicLeaders>): ReadonlyMap<string, TrunklineError> {
    const refused = new Map<string, TrunklineError>();
    for (const [topic, leaders] of answer) {
      // Just created, and the broker that answered has not heard of its partitions yet.
      if (isLeaders(leaders) && leaders.length === 0) {
        this.#again();
        continue;
      }
      this.#unknown.delete(topic);
      if (isLeaders(leaders)) this.#known.set(topic, leaders);
      else {
        this.#known.delete(topic);
        refused.set(topic, leaders);
      }
    }
    return refused;
  }
}

function isLeaders(answer: TopicLeaders): answer is readonly number[] {
  return Array.isArray(answer);
}
