import { TrunklineError } from '@trunkline/core';
import { type Database, appendAudit } from '@trunkline/postgres';

/**
 * What is made from the topics. Jobs and replays stay: they are what people asked for, and what became of it. A replay that is
 * under way goes on: its plan names places in the archive, and its canary waits until what failed of it is indexed again.
 */
const tables = ['event', 'delivery', 'rejection', 'step', 'request', 'rollup', 'letter', 'position', 'events_left_out'];

/** Who empties the index, or a part of it, and what goes before. */
export interface Emptying {
  readonly actor: string;
  readonly reason: string;
  /**
   * Makes the groups of the journal begin anew, and rejects while they have members. Behind the lock: a journal that starts
   * meanwhile writes nothing before the positions are moved back, so it does not read past what is to be read again.
   */
  readonly forgetGroups: () => Promise<void>;
}

/**
 * Empties the index, so that it is made anew from what is on the topics, with an entry in the audit. For the owner of its
 * tables, while no journal runs. Throws `config_invalid` while a job is open: its letters would be gone.
 */
export async function emptyIndex(database: Database, { actor, reason, forgetGroups }: Emptying): Promise<void> {
  await database.transaction([], async (tx) => {
    await tx.query(`LOCK TABLE ${tables.map((table) => `journal.${table}`).join(', ')} IN ACCESS EXCLUSIVE MODE`);
    const open = await tx.query<{ readonly id: string }>(
      `SELECT job_id::text AS id FROM journal.job WHERE state <> 'ended' LIMIT 1`,
    );
    const [job] = open;
    if (job !== undefined)
      throw new TrunklineError(
        'config_invalid',
        `job ${job.id} is not over: await it, or trunkline jobs cancel ${job.id}, before the index is made anew`,
      );
    await forgetGroups();
    await tx.query(`TRUNCATE ${tables.map((table) => `journal.${table}`).join(', ')}`);
    await appendAudit(tx, { actor, action: 'journal rebuild', target: 'journal', note: reason });
  });
}
