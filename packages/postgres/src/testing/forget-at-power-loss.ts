import { Client } from 'pg';

/**
 * Tells a server whose data ends with the tests not to wait for the disk (`fsync` off). What it acknowledged still
 * survives its own death, kill -9 included; only a machine that loses its power would lose it. Dropping a database,
 * which each test file does, takes a third of the time.
 */
export async function forgetAtPowerLoss(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000, statement_timeout: 5_000 });
  await client.connect();
  try {
    for (const setting of ['fsync', 'full_page_writes']) await client.query(`ALTER SYSTEM SET ${setting} = off`);
    await client.query('SELECT pg_reload_conf()');
  } finally {
    await client.end();
  }
}
