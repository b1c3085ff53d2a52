/** The senders of a row that breaks something while they go on, and what they saw of it. */
import { setTimeout as pause } from 'node:timers/promises';

import { until } from '@trunkline/installation';
import { type Answer, createLedger, percentile, type PromiseLedger, sendLoad } from '@trunkline/testkit';

import type { RowRun } from './row.ts';

export interface Senders {
  readonly ledger: PromiseLedger;
  readonly seen: SeenAnswers;
  /**
   * Sends the next `count` deliveries, each until it reads a 2xx, while `strike` does its work; resolves when both are
   * done. When one fails, the other is ended.
   */
  sendDuring<T>(count: number, strike: () => Promise<T>): Promise<T>;
}

/** What came back, of every posting. */
export interface SeenAnswers {
  accepted(): number;
  /** Of all answers, refusals too. */
  slowestMs(): number;
  p99Ms(): number;
  refused(): number;
  /** The connection broke, or no answer came within the sender's patience. */
  unanswered(): number;
  givenUp(): number;
  /**
   * Waits for the first 2xx that comes from now on, at most until the deadline; the milliseconds waited. None when no
   * delivery is left that could have one.
   */
  nextAccepted(deadlineMs: number): Promise<number>;
  /** What a sender of webhooks may expect and did not get, a sentence each. */
  complaints(bars: AnswerBars): readonly string[];
}

export interface AnswerBars {
  readonly slowestMs: number;
  /** Postings that may go without an answer: all of them where the fault is between sender and ingress. */
  readonly unanswered: number;
}

export interface SenderOptions {
  /** Posts delivery n once; `world.sender.post` unless given. */
  readonly post?: (n: number) => Promise<Answer>;
  /** For one load; what is still open then counts as given up. */
  readonly deadlineMs: number;
}

const retryAfterMs = 250;
const maxOpen = 1_000;

export function createSenders(run: RowRun, options: SenderOptions): Senders {
  const ledger = createLedger();
  const answers = recordAnswers(options.post ?? ((n) => run.world.sender.post(n)));
  let sent = 0;
  return {
    ledger,
    seen: answers.seen,
    sendDuring: async (count, strike) => {
      const from = sent;
      sent += count;
      const failed = new AbortController();
      answers.expect(count);
      const load = sendLoad({
        post: (n) => answers.post(from + n),
        deliveries: count,
        perSecond: run.scale.perSecond,
        maxOpen,
        retryAfterMs,
        deadlineMs: options.deadlineMs,
        ledger,
        signal: failed.signal,
      });
      const striking = strike().catch((error: unknown) => {
        failed.abort();
        throw error;
      });
      const [report, struck] = await Promise.all([load, striking]);
      answers.giveUp(report.givenUp);
      return struck;
    },
  };
}

interface RecordedAnswers {
  readonly post: (n: number) => Promise<Answer>;
  readonly seen: SeenAnswers;
  expect(count: number): void;
  giveUp(count: number): void;
}

function recordAnswers(post: (n: number) => Promise<Answer>): RecordedAnswers {
  const answeredMs: number[] = [];
  const refusals = new Map<number, number>();
  const counts = { expected: 0, accepted: 0, unanswered: 0, withoutRetryAfter: 0, givenUp: 0 };
  const record = (answer: Answer): void => {
    if (answer.status >= 200 && answer.status < 300) counts.accepted += 1;
    else {
      refusals.set(answer.status, (refusals.get(answer.status) ?? 0) + 1);
      if (answer.retryAfterSeconds === undefined) counts.withoutRetryAfter += 1;
    }
  };
  const slowestMs = (): number => answeredMs.reduce((slowest, ms) => Math.max(slowest, ms), 0);
  const seen: SeenAnswers = {
    accepted: () => counts.accepted,
    slowestMs,
    p99Ms: () => percentile(answeredMs, 0.99),
    refused: () => [...refusals.values()].reduce((sum, count) => sum + count, 0),
    unanswered: () => counts.unanswered,
    givenUp: () => counts.givenUp,
    nextAccepted: async (deadlineMs) => {
      const before = counts.accepted;
      const startedAt = performance.now();
      const waitedMs = (): number => performance.now() - startedAt;
      if (counts.accepted + counts.givenUp === counts.expected) return 0;
      await until('a 2xx, or the end of the patience', () => counts.accepted > before || waitedMs() > deadlineMs, {
        deadlineMs: deadlineMs + 1_000,
        everyMs: 5,
      });
      return waitedMs();
    },
    complaints: (bars) => {
      const strange = [...refusals].filter(([status]) => status !== 503);
      return [
        ...strange.map(
          ([status, count]) => `${count} postings were refused with ${status}, only 503 was to be expected`,
        ),
        ...says(counts.withoutRetryAfter, 'refusals did not say Retry-After'),
        ...(counts.unanswered > bars.unanswered ? says(counts.unanswered, 'postings got no answer') : []),
        ...says(counts.givenUp, 'deliveries were never accepted'),
        ...(slowestMs() > bars.slowestMs
          ? [`the slowest answer took ${Math.round(slowestMs())} ms, at most ${bars.slowestMs} was promised`]
          : []),
      ];
    },
  };
  return {
    seen,
    expect: (count) => {
      counts.expected += count;
    },
    giveUp: (count) => {
      counts.givenUp += count;
    },
    post: async (n) => {
      const startedAt = performance.now();
      try {
        const answer = await post(n);
        answeredMs.push(performance.now() - startedAt);
        record(answer);
        return answer;
      } catch (error) {
        counts.unanswered += 1;
        throw error;
      }
    },
  };
}

function says(count: number, sentence: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${sentence}`];
}

/** How long the fault itself lasts: the one thing in a row that is a time and not a fact. */
export async function lasting(ms: number): Promise<void> {
  await pause(ms);
}
