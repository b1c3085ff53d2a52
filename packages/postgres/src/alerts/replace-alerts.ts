import type { Transaction } from '../transaction.ts';

/** What operators are told of: the template and the subject are its name. */
export interface AlertKey {
  readonly template: string;
  readonly subject: string;
}

/** One that was not there before. */
export interface OpenedAlert<T extends AlertKey> {
  readonly alert: T;
  /** Since when it is there, epoch milliseconds: another time is another alert. */
  readonly sinceMs: number;
}

/**
 * Makes these the alerts of the schema: returns those that are new, as they were given, and forgets those that are not among
 * them. One transaction at a time: another one waits for the end of this, and sees what it found.
 */
export async function replaceAlerts<T extends AlertKey>(
  tx: Transaction,
  find: () => Promise<readonly T[]>,
): Promise<readonly OpenedAlert<T>[]> {
  // Else what one process has just found another, which looked earlier, would take for over.
  await tx.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`${tx.schema}.alert`]);
  const alerts = await find();
  const rows = await tx.query<{ readonly place: number; readonly sinceMs: number }>(replaceSql(tx.schema), [
    alerts.map(({ template }) => template),
    alerts.map(({ subject }) => subject),
  ]);
  return rows.flatMap(({ place, sinceMs }) => {
    const alert = alerts[place - 1];
    return alert === undefined ? [] : [{ alert, sinceMs }];
  });
}

const replaceSql = (schema: string): string => `
WITH found AS (
  SELECT DISTINCT ON (template, subject) template, subject, place
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (template, subject, place)
  ORDER BY template, subject, place
), over AS (
  DELETE FROM ${schema}.alert a
  WHERE NOT EXISTS (SELECT FROM found f WHERE f.template = a.template AND f.subject = a.subject)
), opened AS (
  INSERT INTO ${schema}.alert (template, subject) SELECT template, subject FROM found
  ON CONFLICT (template, subject) DO NOTHING
  RETURNING template, subject, since
)
SELECT place::integer, floor(extract(epoch FROM since) * 1000)::float8 AS "sinceMs"
FROM found JOIN opened USING (template, subject) ORDER BY place`;
