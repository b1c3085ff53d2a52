import type { Database } from '../database.ts';
import type { Transaction } from '../transaction.ts';
import type { TestDatabase } from './test-database.ts';

/** A transaction that stays open with what it has locked, until it is released (and rolled back). */
export interface HeldTransaction {
  release(): Promise<void>;
}

/** Opens a transaction of the tenant tnt_a, runs `lock` in it, and keeps it. */
export async function holdOpen(
  database: Database,
  lock: (tx: Transaction) => Promise<unknown>,
): Promise<HeldTransaction> {
  const locked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const rollBack = new Error('released');
  const holding = database
    .transaction(['tnt_a'], async (tx) => {
      await lock(tx);
      locked.resolve();
      await released.promise;
      throw rollBack;
    })
    .catch((error: unknown) => {
      locked.reject(error);
    });
  await locked.promise;
  return {
    release: async () => {
      released.resolve();
      await holding;
    },
  };
}

/** How many sessions of the database wait for a lock. */
export async function waitingForLocks(test: TestDatabase): Promise<number> {
  const rows = await test.admin(
    `SELECT DISTINCT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()`,
  );
  return rows.length;
}
