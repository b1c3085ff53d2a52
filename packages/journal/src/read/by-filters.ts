import type { Transaction } from '@trunkline/postgres';

/**
 * Lets what follows in this transaction find rows by the filters of their ids (BRIN bloom) and no other way. Whatever its
 * statistics, Postgres expects that a filter of random values passes every range of rows
 * (https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/selfuncs.c, brincostestimate: no correlation),
 * so that it would rather read the whole table, or all rows of the tenant: among a million rows 98 ms of CPU in place of 7.
 *
 * A b-tree is paid for by entry, a BRIN index by page, so that the cost of an entry tells the two apart. Nothing is done in
 * parallel or compiled: either takes longer to begin than the search lasts.
 */
export async function readByFilters(tx: Transaction): Promise<void> {
  await tx.query(
    `SELECT set_config('enable_seqscan', 'off', true), set_config('cpu_index_tuple_cost', '1000', true),
       set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)`,
  );
}
