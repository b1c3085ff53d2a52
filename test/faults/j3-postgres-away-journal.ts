import { startIngress, startPayments, untilConsumed } from './consumers.ts';
import { judgeIndex, letIn, shutOut, startJournal, untilIndexed } from './journal.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { createSenders, lasting } from './senders.ts';

/** The load lasts so much longer than the journal is shut out: before it, and behind it. */
const awayShare = 0.6;
const sendDeadlineMs = 300_000;
/** Of the pace that is sent: what is accepted and applied while the journal waits. */
const leastShare = 0.95;

/** Postgres refuses the journal, and no one else, while deliveries keep coming: it waits, and slows nobody. */
export const postgresAwayJournal: FaultRow = {
  id: 'J3',
  title: 'Postgres away for the journal',
  // 50 s, of which it is away for 30; and 4 s.
  full: { deliveries: 15_000, perSecond: 300, strikes: 1 },
  short: { deliveries: 400, perSecond: 100, strikes: 1 },
  safeguards: [
    {
      undoes: 'what cannot be written is tried again',
      file: 'services/journal/src/index-group.ts',
      find: 'left = await portions.writeFirst(left, signal);',
      replace: 'left = await portions.writeFirst(left, signal).catch(() => []);',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, mutation } = run;
    const senders = createSenders(run, { deadlineMs: sendDeadlineMs });
    const [ingress, journal, payments] = await Promise.all([
      startIngress(world),
      startJournal(world, { mutation }),
      startPayments(world, {}),
    ]);
    await Promise.all([journal.ready(), payments.ready()]);
    const totalMs = (scale.deliveries / scale.perSecond) * 1_000;
    const away = await senders.sendDuring(scale.deliveries, async () => {
      await lasting((totalMs * (1 - awayShare)) / 2);
      const [accepted, applied] = [senders.seen.accepted(), await appliedBy(run)];
      await shutOut(world);
      const startedAt = performance.now();
      await lasting(totalMs * awayShare);
      const expected = ((performance.now() - startedAt) / 1_000) * scale.perSecond;
      const shares = {
        accepted: (senders.seen.accepted() - accepted) / expected,
        applied: ((await appliedBy(run)) - applied) / expected,
      };
      await letIn(world);
      run.onProgress('Postgres is back');
      return { ...shares, ms: Math.round(performance.now() - startedAt) };
    });
    await Promise.all([
      untilIndexed(world),
      untilConsumed(world, [{ group: 'payments', topics: ['payments.payment.v1'] }]),
    ]);
    await Promise.all([ingress.stop(), journal.stop(), payments.stop()]);
    const { judgement, broken, figures } = await judgeIndex(world, senders.ledger);
    return {
      judgement,
      strikes: scale.strikes,
      broken: [
        ...broken,
        ...complaint('accepted', away.accepted, away.ms),
        ...complaint('applied', away.applied, away.ms),
      ],
      figures: {
        'away, ms': away.ms,
        'accepted meanwhile, of what was sent': away.accepted.toFixed(2),
        'applied meanwhile, of what was sent': away.applied.toFixed(2),
        ...figures,
      },
    };
  },
};

async function appliedBy({ world }: RowRun): Promise<number> {
  const [row] = await world.database.statement<{ readonly n: number }>(
    'SELECT count(*)::int AS n FROM payments.inbox',
    [],
  );
  return row?.n ?? 0;
}

/** Over a few seconds a pace is a matter of luck: then it is only told. */
const measurableMs = 10_000;

function complaint(what: string, ...[share, awayMs]: [share: number, awayMs: number]): readonly string[] {
  return share >= leastShare || awayMs < measurableMs
    ? []
    : [
        `${(share * 100).toFixed(0)} % of what was sent was ${what} while the journal waited, at least 95 % is promised`,
      ];
}
