import { until } from '@trunkline/installation';
import { judge } from '@trunkline/testkit';

import { type Delivering, openDelivering, type Posting, readyDeadlineMs } from './delivering.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';

/** `deliveries` wait when the receiver is back. */
const full: RowScale = { deliveries: 100_000, perSecond: 0, strikes: 1 };
const short: RowScale = { deliveries: 300, perSecond: 0, strikes: 1 };

/** What the endpoint allows at a time. */
const maxInFlight = 16;
/** A receiver hears that a request is answered a moment before its sender begins the next. */
const lateEnds = 1;
/** Answers that it needs until it is asked for more at a time: one more for each. */
const answerMs = 20;
const deadlineMs = 60_000;
const awayMs = 600_000;
const fullDeadlineMs = 3_600_000;

/** A receiver that was away gets what waited step by step: one request at first, one more for each that it takes. */
export const receiverBack: FaultRow = {
  id: 'F29',
  title: 'a receiver away, and back with many webhooks waiting',
  services: ['delivery'],
  full,
  short,
  safeguards: [
    {
      undoes: 'requests at a time grow by one with each success',
      file: 'services/delivery/src/dispatch/pace.ts',
      find: 'lane.window = Math.min(most, lane.window + 1);',
      replace: 'lane.window = most;',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { scale } = run;
    const delivering = await openDelivering(run);
    try {
      await delivering.createEndpoints(1, { maxInFlight });
      let failed = 0;
      delivering.answerBy = ({ response }) => {
        failed += 1;
        // Of those it does not count against the message.
        response.writeHead(503, { 'retry-after': '2' }).end();
      };
      await delivering.publish(scale.deliveries);
      const process = await delivering.start('sender');
      await process.ready(readyDeadlineMs);
      await delivering.fannedOut();
      const wentAtMs = performance.now();
      await until(
        'it was asked while it was away',
        () => failed > 0 && (scale !== full || performance.now() - wentAtMs > awayMs),
        { deadlineMs: awayMs * 2, everyMs: 100 },
      );
      const waited = await delivering.waiting();
      const seen = watch(delivering);
      run.onProgress(`${waited} wait; the receiver is back`);
      const backAtMs = performance.now();
      await until('nothing waits', async () => (await delivering.waiting()) === 0, {
        deadlineMs: scale === full ? fullDeadlineMs : deadlineMs,
        everyMs: 100,
      }).catch(() => undefined);
      const drainedMs = performance.now() - backAtMs;
      await process.stop();
      return reportOf(delivering, { seen, waited, failed, drainedMs });
    } finally {
      await delivering.close();
    }
  },
};

interface Seen {
  /** Requests that have no answer yet. */
  open: number;
  most: number;
  answered: number;
  /** Requests at a time beyond what the answers so far allow, at most; and when it was seen. */
  beyond: string | undefined;
}

/** From now on it takes what comes, a moment later. */
function watch(delivering: Delivering): Seen {
  const seen: Seen = { open: 0, most: 0, answered: 0, beyond: undefined };
  delivering.answerBy = (posting: Posting) => {
    seen.open += 1;
    seen.most = Math.max(seen.most, seen.open);
    const allowed = Math.min(maxInFlight, 1 + seen.answered) + lateEnds;
    if (seen.open > allowed)
      seen.beyond ??= `${seen.open} requests at a time after ${seen.answered} answers, at most ${allowed}`;
    setTimeout(() => {
      seen.open -= 1;
      seen.answered += 1;
      delivering.take(posting);
    }, answerMs);
  };
  return seen;
}

function reportOf(
  { taken, ledger }: Delivering,
  given: { readonly seen: Seen; readonly waited: number; readonly failed: number; readonly drainedMs: number },
): RowReport {
  const { seen, waited, failed, drainedMs } = given;
  return {
    judgement: judge(ledger.promised, { effects: taken, deadLetters: [], waiting: [] }),
    strikes: 1,
    broken: seen.beyond === undefined ? [] : [seen.beyond],
    figures: {
      'waited when the receiver was back': waited,
      'requests while it was away': failed,
      'requests at a time, at most': seen.most,
      'drained, a second': Math.round(taken.length / (drainedMs / 1_000)),
    },
  };
}
