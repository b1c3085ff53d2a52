/** A handler that fails, without touching the product: Postgres refuses the row of one payment until it is told otherwise. */
import { randomBytes } from 'node:crypto';

import type { TestInstallation } from '@trunkline/testkit';

export interface RefusingRow {
  /** Repairs the cause: from now on the row is taken. */
  lift(): Promise<void>;
}

/** SQLSTATE P0001 is what no table knows, so it is tried again; 23514 is a violated CHECK, which trying again cannot cure. */
export async function refuseRow(
  world: TestInstallation,
  refusal: { readonly entityId: string; readonly sqlState: 'P0001' | '23514' },
): Promise<RefusingRow> {
  const name = `refuse_${randomBytes(4).toString('hex')}`;
  await run(world, [
    `CREATE FUNCTION payments.${name}() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'refused by the test' USING ERRCODE = '${refusal.sqlState}'; END $$`,
    `CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON payments.payment FOR EACH ROW
       WHEN (NEW.entity_id = '${refusal.entityId}') EXECUTE FUNCTION payments.${name}()`,
  ]);
  return { lift: () => run(world, [`DROP FUNCTION payments.${name}() CASCADE`]) };
}

async function run(world: TestInstallation, statements: readonly string[]): Promise<void> {
  await world.database.transaction([], async (tx) => {
    for (const statement of statements) await tx.query(statement);
  });
}
