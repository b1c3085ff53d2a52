import { withDatabase } from '../database-access.ts';
import { groups } from '../groups.ts';
import { type Check, ok, warning } from './check.ts';

/** Signatures are refused at 5 minutes; half of that leaves time to act. */
const worryingMs = 2_000;

/** This machine's clock against the one of Postgres. Signatures carry times, and ours decides whether they are stale. */
export const clock: Check = {
  name: 'clock',
  requires: ['postgres'],
  async run(context, signal) {
    const schema = groups[0]?.schema ?? 'public';
    const aheadMs = await withDatabase(context, schema, (opened) =>
      opened.transaction(
        [],
        async (tx) => {
          const before = context.clock();
          const rows = await tx.query<{ readonly now_ms: number }>(
            'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms',
          );
          // The answer was made about half way between the question and now.
          return (before + context.clock()) / 2 - (rows[0]?.now_ms ?? Number.NaN);
        },
        { signal },
      ),
    );
    const text = `${Math.abs(aheadMs).toFixed(0)} ms ${aheadMs >= 0 ? 'ahead of' : 'behind'} Postgres`;
    return Math.abs(aheadMs) <= worryingMs
      ? ok(text)
      : warning(text, 'synchronise both machines with NTP: signatures older than 5 minutes are refused');
  },
};
