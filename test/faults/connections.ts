/** A Postgres that gives the services of a world no connection, and everybody else what they want. */
import type { FaultWorld } from './world.ts';

/** The services lose the connections they have and get none: 53300, as from a server whose slots are all held. */
export async function takeConnections(world: FaultWorld): Promise<void> {
  const { database } = world.installation;
  await administer(world, [
    `ALTER DATABASE ${database} CONNECTION LIMIT 0`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND starts_with(usename, '${database}_')`,
  ]);
}

export async function giveConnections(world: FaultWorld): Promise<void> {
  await administer(world, [`ALTER DATABASE ${world.installation.database} CONNECTION LIMIT -1`]);
}

/** As the superuser, whom the limit does not bind. */
export async function administer(world: FaultWorld, statements: readonly string[]): Promise<void> {
  await world.database.transaction([], async (tx) => {
    for (const statement of statements) await tx.query(statement);
  });
}
