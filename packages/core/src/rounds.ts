import { classify } from './classify.ts';
import type { TrunklineError } from './errors.ts';

/** Work that is done now and then for as long as a process lives: tables kept in order, what waits looked at. */
export interface Rounds {
  /** The first round begins at once: where processes live shorter than the time between two, nobody would do any. */
  start(): void;
  /** Aborts the round under way, waits for it and begins no more. */
  stop(): Promise<void>;
}

export interface RoundsOptions {
  /** Between the beginnings of two rounds, milliseconds; one that takes longer is not joined by another. */
  readonly everyMs: number;
  /** Does one; `stop` aborts the signal. */
  readonly round: (signal: AbortSignal) => Promise<void>;
  /** Told of a round that failed, unless it was stopped. The next one tries again. */
  readonly onFailed: (error: TrunklineError) => void;
}

export function createRounds({ everyMs, round, onFailed }: RoundsOptions): Rounds {
  const stopping = new AbortController();
  const { signal } = stopping;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  async function once(): Promise<void> {
    try {
      await round(signal);
    } catch (thrown) {
      if (!signal.aborted) onFailed(classify(thrown));
    } finally {
      running = undefined;
    }
  }

  return {
    start() {
      running ??= once();
      timer = setInterval(() => {
        running ??= once();
      }, everyMs);
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}
