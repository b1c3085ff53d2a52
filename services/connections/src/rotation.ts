import { connectionLimits, finishWork, type Work, workTable } from '@trunkline/connections';
import { TrunklineError } from '@trunkline/core';
import { type Database, renewLease } from '@trunkline/postgres';
import { type KeyList, rotateKeys, type Vault } from '@trunkline/vault';

export interface RotationOptions {
  readonly database: Database;
  readonly keys: KeyList;
  readonly vault: Vault;
  readonly signal?: AbortSignal;
}

/** Brings every key under the newest of the list. What a killed process left is what the next one finds. */
export async function rotate(work: Work, { database, keys, vault, signal }: RotationOptions): Promise<void> {
  const { lease } = work;
  const renew = (done: number): Promise<boolean> =>
    database.transaction([], async (tx) => {
      if (!(await renewLease(tx, workTable, { lease, leaseMs: connectionLimits.leaseMs }))) return false;
      await tx.query('UPDATE connections.work SET progress = $2 WHERE work_id = $1::uuid', [lease.id, done]);
      return true;
    });
  let done = 0;
  await renew(done);
  await rotateKeys({
    database,
    keys,
    vault,
    signal,
    async onBatch(rewrapped) {
      done += rewrapped;
      if (!(await renew(done))) throw new TrunklineError('conflict', 'another process goes on with the rotation');
    },
  });
  await database.transaction([], async (tx) => {
    if (!(await renewLease(tx, workTable, { lease, leaseMs: connectionLimits.leaseMs }))) return;
    await finishWork(tx, work, { nextInMs: undefined, code: 'rotated' });
  });
}
