import { type Clock, TrunklineError } from '@trunkline/core';
import { type DebugSummary, mostDebugHours, readDebugSummary } from '@trunkline/journal';
import type { Database } from '@trunkline/postgres';

const standardHours = 24;
const known: readonly string[] = ['source', 'hours'];

/** `GET /debug/webhooks?source=<id>&hours=<n>`: of all tenants, as whoever runs the installation may see them. */
export async function answerDebug(
  query: URLSearchParams,
  { database, clock }: { readonly database: Database; readonly clock: Clock },
): Promise<DebugSummary> {
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new TrunklineError('config_invalid', `${JSON.stringify(unknown)} is not asked for here: source, hours`);
  const hours = query.get('hours') ?? String(standardHours);
  if (!/^\d{1,4}$/.test(hours))
    throw new TrunklineError('config_invalid', `hours is a whole number from 1 to ${mostDebugHours}`);
  const source = query.get('source') ?? undefined;
  return await readDebugSummary(database, { scope: 'all', source, hours: Number(hours), nowMs: clock() });
}
