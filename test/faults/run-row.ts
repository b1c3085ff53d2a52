import { databaseUrlOf } from '@trunkline/installation';
/** A row, and after it the question that production asks as well: is everything accounted for? */
import { createTopicAdmin } from '@trunkline/kafka';
import { type AccountedGroup, accountOf, groups } from '@trunkline/operations';
import { createDatabase } from '@trunkline/postgres';

import type { FaultRow, RowReport, RowRun } from './row.ts';
import type { FaultWorld } from './world.ts';

const accountDeadlineMs = 120_000;

/** The consumers of a fault world; what the tally handles stands in its handlers. */
const accounted: readonly AccountedGroup[] = [
  ...groups.filter(({ name }) => name === 'payments'),
  {
    name: 'tally',
    schema: 'tally',
    topics: ['payments.payment.v1'],
    types: ['payments.payment.succeeded', 'payments.payment.created'],
  },
];

export async function runRow(row: FaultRow, run: RowRun): Promise<RowReport> {
  const report = await row.run(run);
  const missing = await countMissing(run.world);
  const { broken = [], figures } = report;
  return {
    ...report,
    figures: { ...figures, 'not accounted for': missing },
    broken: missing === 0 ? broken : [...broken, `${missing} records were passed, and are nowhere`],
  };
}

async function countMissing({ installation, kafka, retryTier }: FaultWorld): Promise<number> {
  const admin = createTopicAdmin(kafka);
  const signal = AbortSignal.timeout(accountDeadlineMs);
  let missing = 0;
  try {
    for (const group of accounted) {
      const database = createDatabase({
        connectionString: databaseUrlOf(installation, group.schema),
        schema: group.schema,
        applicationName: 'trunkline-faults-account',
        maxConnections: 2,
        statementTimeoutMs: 30_000,
        connectTimeoutMs: 10_000,
      });
      try {
        const { unaccounted } = await accountOf(
          { connection: kafka, admin, database, progress: { update: () => undefined, end: () => undefined }, signal },
          group,
          { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, retryTiers: [retryTier] },
        );
        missing += unaccounted.length;
      } finally {
        await database.close({ deadlineMs: 2_000 });
      }
    }
    return missing;
  } finally {
    await admin.close();
  }
}
