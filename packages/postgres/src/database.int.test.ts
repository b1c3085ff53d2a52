import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createAuthority } from '@trunkline/stack';
import { startTlsFront } from '@trunkline/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';

import type { Database, DatabaseEvent, DatabaseOptions } from './database.ts';
import { isConflict, isStatementTimeout } from './statement-timeout.ts';
import {
  createTestDatabase,
  createTestService,
  holdOpen,
  type TestDatabase,
  type TestService,
} from './testing/index.ts';
import type { Transaction } from './transaction.ts';

const { postgresAdminUrl } = inject('stack');
let service: TestService;
let test: TestDatabase;

beforeAll(async () => {
  service = await createTestService('shop', {
    '001-counter.sql': `
      CREATE TABLE shop.counter (tenant_id text NOT NULL, name text NOT NULL, value int NOT NULL, PRIMARY KEY (tenant_id, name));
      SELECT trunkline.isolate_tenants('shop.counter');`,
  });
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});
beforeEach(async () => {
  await test.admin(`DELETE FROM shop.counter`);
  await test.admin(`INSERT INTO shop.counter VALUES ('tnt_a', 'x', 0), ('tnt_a', 'y', 0)`);
});

const value = async (name: string): Promise<unknown> =>
  (await test.admin<{ value: number }>('SELECT value FROM shop.counter WHERE name = $1', [name]))[0]?.value;
const add = (tx: Transaction, name: string): Promise<unknown> =>
  tx.query('UPDATE shop.counter SET value = value + 1 WHERE name = $1', [name]);

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.catch((thrown: unknown) => thrown);

/** From here on no time passes for this process but what the test lets pass. The server's limits are its own. */
function stopOwnClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('a transaction', () => {
  it('commits what its function did and returns what it returned', async () => {
    const answer = await test.open().transaction(['tnt_a'], async (tx) => {
      await add(tx, 'x');
      return 'done';
    });

    expect(answer).toBe('done');
    expect(await value('x')).toBe(1);
  });

  it('keeps a text with a zero byte, which Postgres has none of, with U+FFFD in its place', async () => {
    const [row] = await test.open().transaction(['tnt_a'], async (tx) => {
      await tx.prepared('INSERT INTO shop.counter VALUES ($1, $2, 7)', ['tnt_a', 'z\0']);
      return await tx.query('SELECT name, $1::text[] AS list FROM shop.counter WHERE name = $2', [['\0'], 'z\0']);
    });

    expect(row).toEqual({ name: 'z\u{fffd}', list: ['\u{fffd}'] });
  });

  it('leaves nothing when its function throws', async () => {
    const failing = test.open().transaction(['tnt_a'], async (tx) => {
      await add(tx, 'x');
      throw new Error('no');
    });

    await expect(failing).rejects.toMatchObject({ code: 'unknown' });
    expect(await value('x')).toBe(0);
  });

  it('runs again after a deadlock, and both effects land once', async () => {
    const events: DatabaseEvent[] = [];
    const database = test.open({ onEvent: (event) => events.push(event) });
    const met = meeting(2);
    const cross = (first: string, second: string): Promise<unknown> =>
      database.transaction(['tnt_a'], async (tx) => {
        await add(tx, first);
        await met();
        await add(tx, second);
      });

    await Promise.all([cross('x', 'y'), cross('y', 'x')]);

    expect([await value('x'), await value('y')]).toEqual([2, 2]);
    expect(events.map(({ kind }) => kind)).toEqual(['transaction_repeated']);
  });

  it('that conflicts every time counts as an unavailable dependency, and can be told apart', async () => {
    let runs = 0;

    const failing = test.open().transaction([], async (tx) => {
      runs += 1;
      await tx.query(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`);
    });

    const error = await failureOf(failing);
    expect(error).toMatchObject({ code: 'dependency_unavailable', cause: { code: 'conflict' } });
    expect(isConflict(error)).toBe(true);
    expect(isStatementTimeout(error)).toBe(false);
    expect(runs).toBe(5);
  });

  it('whose statement runs out of time counts as an unavailable dependency, and can be told apart', async () => {
    const database = test.open({ statementTimeoutMs: 100 });
    stopOwnClock();

    const error = await failureOf(database.transaction([], (tx) => tx.query('SELECT pg_sleep(5)')));

    expect(error).toMatchObject({ code: 'dependency_unavailable' });
    expect(isStatementTimeout(error)).toBe(true);
  });

  it('that waits for a lock of somebody else is told from one that is slow itself', async () => {
    const held = await holdOpen(test.open(), (tx) => add(tx, 'x'));
    const database = test.open({ statementTimeoutMs: 500 });
    stopOwnClock();

    const error = await failureOf(database.transaction(['tnt_a'], (tx) => add(tx, 'x')));

    expect(error).toMatchObject({ code: 'dependency_unavailable', cause: { code: '55P03' } });
    expect(isStatementTimeout(error)).toBe(true);
    await held.release();
  });

  it('whose connection is lost counts as an unavailable dependency', async () => {
    const failing = test.open().transaction([], async (tx) => {
      const [own] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await test.admin('SELECT pg_terminate_backend($1)', [own?.pid]);
      await tx.query('SELECT 1');
    });

    const error = await failureOf(failing);

    expect(error).toMatchObject({ code: 'dependency_unavailable' });
    expect(isStatementTimeout(error)).toBe(false);
  });

  it('violating a constraint says so', async () => {
    const insert = (tx: Transaction) => tx.query(`INSERT INTO shop.counter VALUES ('tnt_a', 'x', 1)`);

    expect(await failureOf(test.open().transaction(['tnt_a'], insert))).toMatchObject({ code: 'constraint_violated' });
  });
});

describe('a transaction that hangs', () => {
  const deadlineMs = 1_000;

  /** Connected already: whoever still waits for a connection at its deadline has met an outage. */
  async function connected(options: Partial<DatabaseOptions>): Promise<Database> {
    const database = test.open(options);
    await database.probe();
    stopOwnClock();
    return database;
  }

  it('ends at its deadline as handler_timeout, and nothing of it lands, however late it comes back', async () => {
    const database = await connected({ maxConnections: 1 });
    const inside = Promise.withResolvers<void>();
    const wake = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();

    const hang = async (tx: Transaction): Promise<void> => {
      await add(tx, 'x');
      inside.resolve();
      await wake.promise;
      await add(tx, 'y').catch(late.resolve);
    };
    const failed = failureOf(database.transaction(['tnt_a'], hang, { deadlineMs }));
    await inside.promise;
    vi.advanceTimersByTime(deadlineMs);

    expect(await failed).toMatchObject({ code: 'handler_timeout' });
    wake.resolve();
    expect(await late.promise).toMatchObject({ code: 'handler_timeout' });
    expect([await value('x'), await value('y')]).toEqual([0, 0]);
    // Its connection was destroyed, not returned: the only place of the pool is free again.
    expect(await database.transaction(['tnt_a'], (tx) => add(tx, 'x').then(() => 'free'))).toBe('free');
  });

  it('in the middle of a statement ends at its deadline, and the statement is cancelled on the server', async () => {
    const events: DatabaseEvent[] = [];
    const database = await connected({ statementTimeoutMs: 60_000, onEvent: (event) => events.push(event) });

    const failed = failureOf(database.transaction([], (tx) => tx.query('SELECT pg_sleep(60)'), { deadlineMs }));
    await expect.poll(sleepingBackends, { timeout: 60_000 }).toHaveLength(1);
    vi.advanceTimersByTime(deadlineMs);

    expect(await failed).toMatchObject({ code: 'handler_timeout' });
    expect(events).toContainEqual({ kind: 'client_destroyed', phase: 'run' });
    await expect.poll(sleepingBackends, { timeout: 60_000 }).toEqual([]);
  });

  it('may stand idle as long as its deadline allows, whatever the server allows others', async () => {
    const database = test.open();

    const [row] = await database.transaction(
      [],
      (tx) => tx.query<{ idle: string }>(`SELECT current_setting('idle_in_transaction_session_timeout') AS idle`),
      { deadlineMs: 600_000 },
    );

    expect(row?.idle).toBe('630s');
  });

  it('and is ended by the server as idle counts as its own doing, not as an outage', async () => {
    const failing = test.open().transaction([], async (tx) => {
      await tx.query(`SET LOCAL idle_in_transaction_session_timeout = 50`);
      const gone = `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SET LOCAL idle_in%' AND datname = current_database()`;
      await expect.poll(() => test.admin(gone), { timeout: 60_000 }).toEqual([]);
      await tx.query('SELECT 1');
    });

    await expect(failing).rejects.toMatchObject({ code: 'handler_timeout', cause: { code: '25P03' } });
  });

  it('ends when its caller gives up', async () => {
    const giveUp = new AbortController();
    const started = Promise.withResolvers<void>();

    const hanging = test.open().transaction(
      [],
      async () => {
        started.resolve();
        await new Promise(() => undefined);
      },
      { signal: giveUp.signal },
    );
    await started.promise;
    giveUp.abort();

    await expect(hanging).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });

  it('waiting for a connection ends at its deadline, and the connection goes back', async () => {
    const database = test.open({ maxConnections: 1 });
    const free = Promise.withResolvers<void>();
    const holding = database.transaction([], () => free.promise);

    await expect(database.transaction([], (tx) => tx.query('SELECT 1'), { deadlineMs: 50 })).rejects.toMatchObject({
      code: 'dependency_unavailable',
    });
    free.resolve();
    await holding;
    expect(await database.transaction([], (tx) => tx.query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });
});

describe('probing', () => {
  it('resolves while Postgres answers', async () => {
    await expect(test.open().probe()).resolves.toBeUndefined();
  });

  it.each([
    ['nothing listens', 'refuse'],
    ['the server accepts and says nothing', 'silent'],
  ] as const)('fails as dependency_unavailable when %s', async (_, behaviour) => {
    const server = await listener(behaviour);
    const url = new URL(test.appUrl);
    url.port = String(server.port);

    const probing = test.open({ connectionString: url.href, connectTimeoutMs: 300 }).probe();

    await expect(probing).rejects.toMatchObject({ code: 'dependency_unavailable' });
    server.close();
  });

  it('fails while the database takes no connections, and not a moment longer', async () => {
    const other = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
    const database = other.open();
    await database.probe();

    await other.takeDown();
    await expect(database.probe()).rejects.toMatchObject({ code: 'dependency_unavailable' });

    await other.bringUp();
    await expect(database.probe()).resolves.toBeUndefined();
    await other.drop();
  });

  it('gives up on a server that is frozen in the middle of a connection', async () => {
    const proxy = await freezableProxy(new URL(test.appUrl));
    const url = new URL(test.appUrl);
    url.port = String(proxy.port);
    const database: Database = test.open({
      connectionString: url.href,
      statementTimeoutMs: 500,
      connectTimeoutMs: 10_000,
    });
    await database.probe();

    proxy.freeze();

    await expect(database.probe()).rejects.toMatchObject({ code: 'dependency_unavailable' });
    proxy.close();
  });
});

async function sleepingBackends(): Promise<readonly object[]> {
  return await test.admin(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'`,
  );
}

/** Resolves for everyone once as many have arrived; later arrivals pass. */
function meeting(people: number): () => Promise<void> {
  const all = Promise.withResolvers<void>();
  let here = 0;
  return () => {
    here += 1;
    if (here >= people) all.resolve();
    return all.promise;
  };
}

describe('a Postgres behind TLS', () => {
  it('is believed by the authority that the URL names, read at each connection; another is an outage', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-postgres-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const caFile = join(folder, 'ca.crt');
    const [first, second] = [createAuthority('first'), createAuthority('second')];
    const certificate = first.issue('postgres', ['127.0.0.1']);
    const front = await startTlsFront({ upstream: new URL(test.appUrl).host, certificate, protocol: 'postgres' });
    onTestFinished(() => front.close());
    const url = new URL(test.appUrl);
    url.port = String(front.port);
    url.search = `?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`;
    const database = test.open({ connectionString: url.href });
    writeFileSync(caFile, second.certificate);

    const refused = await database.probe().catch((error: unknown) => error);
    writeFileSync(caFile, first.certificate);
    await database.probe();

    expect(refused).toMatchObject({ code: 'dependency_unavailable', message: expect.stringContaining('certificate') });
  });

  it('that has no TLS is an outage to whoever insists on it', async () => {
    const database = test.open({ connectionString: `${test.appUrl}?sslmode=verify-full` });

    await expect(database.probe()).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });
});

interface Listener {
  readonly port: number;
  close(): void;
}

async function listener(behaviour: 'refuse' | 'silent'): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket));
  const port = await listen(server);
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  if (behaviour === 'refuse') close();
  return { port, close };
}

async function freezableProxy(target: URL): Promise<Listener & { freeze(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.pipe(upstream).pipe(client);
  });
  const port = await listen(server);
  return {
    port,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
