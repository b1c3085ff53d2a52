import { setTimeout as delay } from 'node:timers/promises';

import { classify, TrunklineError } from '@trunkline/core';
import { Pool, type PoolClient } from 'pg';

import { type Cut, startCut } from './cut.ts';
import { identifier } from './identifiers.ts';
import { nameTenantsSql, tenantSetting } from './tenants.ts';
import { openTransaction, type Transaction } from './transaction.ts';

export interface DatabaseOptions {
  readonly connectionString: string;
  /** The service's schema. */
  readonly schema: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Upper limit of connections of this process. */
  readonly maxConnections: number;
  /** The server ends a statement after this; the client gives up on an answer a moment later. */
  readonly statementTimeoutMs: number;
  /** Longest wait for a connection, new or from the pool. */
  readonly connectTimeoutMs: number;
  readonly onEvent?: (event: DatabaseEvent) => void;
}

/** What an operator may want to count or see; nothing depends on anybody listening. */
export type DatabaseEvent =
  | { readonly kind: 'connection_lost'; readonly error: TrunklineError }
  | { readonly kind: 'transaction_repeated'; readonly run: number }
  | { readonly kind: 'client_destroyed'; readonly phase: Phase };

export interface TransactionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Budget from now, milliseconds, for everything including repetitions. */
  readonly deadlineMs?: number;
}

/** The service's Postgres. Every failure it reports is a TrunklineError. */
export interface Database {
  readonly schema: string;
  /**
   * Runs `run` in one transaction that sees the rows of `tenants` only, and commits.
   * `run` may run several times (a conflict repeats it) and must keep its effects inside the transaction.
   * Fails with `handler_timeout` when `run` outlives the deadline (its connection is destroyed, so nothing of it can
   * land later), `dependency_unavailable` when Postgres does not answer, and else with what `run` threw. After
   * `dependency_unavailable` the transaction may have been committed: ask the inbox, not the error.
   */
  transaction<T>(
    tenants: readonly string[],
    run: (tx: Transaction) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
  /** Resolves when Postgres answers and takes writes; else `dependency_unavailable`. */
  probe(signal?: AbortSignal): Promise<void>;
  /** Ends idle connections now and waits for the others up to the deadline. */
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

type Phase = 'connect' | 'begin' | 'run' | 'commit';

/** Runs of one transaction that keeps conflicting (serialization failure, deadlock) before it counts as an outage. */
const conflictRuns = 5;
const conflictBackoffMs = 10;
/** Without a deadline of its own a transaction still ends. */
const defaultDeadlineMs = 30_000;
/** How much longer than the server's own limit the client waits, for a server that is frozen. */
const answerMarginMs = 2_000;
const idleTimeoutMs = 30_000;

/** Opens nothing: the first transaction connects. */
export function createDatabase(options: DatabaseOptions): Database {
  const schema = identifier(options.schema);
  const onEvent = options.onEvent ?? (() => undefined);
  const pool = createPool(options);
  // An idle connection that dies is removed by the pool; without a listener the process would die with it.
  pool.on('error', (error) => onEvent({ kind: 'connection_lost', error: classify(error) }));

  return {
    schema,
    async transaction(tenants, run, { signal, deadlineMs = defaultDeadlineMs } = {}) {
      const setting = tenantSetting(tenants);
      const cut = startCut({ signal, deadlineMs });
      try {
        return await repeatOnConflict(
          () => runOnce({ pool, schema, setting, cut, onEvent }, run),
          (attempt) => onEvent({ kind: 'transaction_repeated', run: attempt }),
        );
      } finally {
        cut.release();
      }
    },
    async probe(signal) {
      const cut = startCut({ signal, deadlineMs: options.connectTimeoutMs + answerMarginMs });
      try {
        await runOnce({ pool, schema, setting: '', cut, onEvent }, askWhetherWritable);
      } catch (thrown) {
        throw classify(thrown);
      } finally {
        cut.release();
      }
    },
    async close({ deadlineMs }) {
      const cut = startCut({ deadlineMs });
      await Promise.race([pool.end(), cut.reached]).finally(() => cut.release());
    },
  };
}

function createPool(options: DatabaseOptions): Pool {
  return new Pool({
    connectionString: options.connectionString,
    application_name: options.applicationName,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    keepAlive: true,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs + answerMarginMs,
    // A process that freezes inside a transaction must not hold its locks for ever.
    idle_in_transaction_session_timeout: defaultDeadlineMs * 2,
    // The server notices within a second that a destroyed client is gone, in the middle of a statement too.
    options: '-c client_connection_check_interval=1000',
  });
}

/** A failover can leave us on a standby that answers every SELECT and refuses every write. */
async function askWhetherWritable(tx: Transaction): Promise<void> {
  const rows = await tx.query<{ readonly standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
  if (rows[0]?.standby !== false) {
    throw new TrunklineError('dependency_unavailable', 'Postgres answers, but as a read-only standby');
  }
}

async function repeatOnConflict<T>(run: () => Promise<T>, onRepeat: (run: number) => void): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (thrown) {
      const error = classify(thrown);
      if (error.code !== 'conflict') throw error;
      if (attempt === conflictRuns) {
        const message = `a transaction was in conflict with others ${conflictRuns} times in a row`;
        throw new TrunklineError('dependency_unavailable', message, { cause: error });
      }
      onRepeat(attempt + 1);
      // Full jitter, at most 10, 20, 40, 80 ms: two batches that met once must not meet again.
      await delay(Math.random() * conflictBackoffMs * 2 ** (attempt - 1));
    }
  }
}

interface RunContext {
  readonly pool: Pool;
  readonly schema: string;
  readonly setting: string;
  readonly cut: Cut;
  readonly onEvent: (event: DatabaseEvent) => void;
}

async function runOnce<T>(context: RunContext, run: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await connect(context.pool, context.cut);
  // The pool listens on idle clients only: a connection lost between two statements would end the process. The next
  // statement fails and tells.
  const onLost = (error: Error): void => context.onEvent({ kind: 'connection_lost', error: classify(error) });
  client.on('error', onLost);
  const tx = openTransaction(client, context.schema);
  let phase: Phase = 'begin';
  const work = async (): Promise<T> => {
    await client.query('BEGIN');
    await client.query(nameTenantsSql, [context.setting]);
    phase = 'run';
    const result = await run(tx);
    // After the cut nothing may commit, however late the handler comes back.
    if (context.cut.reason() !== undefined) throw cutError(context.cut, 'run');
    tx.close();
    phase = 'commit';
    await client.query('COMMIT');
    return result;
  };
  let destroy = false;
  try {
    return await beforeCut(work(), context.cut, () => phase);
  } catch (thrown) {
    destroy = context.cut.reason() !== undefined || !(await rolledBack(client, thrown));
    throw thrown;
  } finally {
    tx.close();
    if (destroy) context.onEvent({ kind: 'client_destroyed', phase });
    if (!destroy) client.off('error', onLost);
    client.release(destroy);
  }
}

/** The pool's own timeout bounds the wait; a connection that comes after the cut goes straight back. */
async function connect(pool: Pool, cut: Cut): Promise<PoolClient> {
  const connecting = pool.connect().catch((cause: unknown) => {
    // Whatever stops us from connecting (refused, starting up, a changed password, no such database) is an outage.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TrunklineError('dependency_unavailable', `cannot connect to Postgres: ${reason}`, { cause });
  });
  try {
    return await beforeCut(connecting, cut, () => 'connect');
  } catch (error) {
    connecting.then(
      (client) => client.release(),
      () => undefined,
    );
    throw error;
  }
}

async function beforeCut<T>(work: Promise<T>, cut: Cut, phase: () => Phase): Promise<T> {
  // When the cut wins, the work goes on unwatched until its destroyed connection fails it; nobody is left to tell.
  work.catch(() => undefined);
  const cutShort = cut.reached.then((): never => {
    throw cutError(cut, phase());
  });
  cutShort.catch(() => undefined);
  return await Promise.race([work, cutShort]);
}

function cutError(cut: Cut, phase: Phase): TrunklineError {
  if (cut.reason() === 'aborted') {
    return new TrunklineError('dependency_unavailable', 'the caller stopped waiting for the transaction');
  }
  return phase === 'run'
    ? new TrunklineError('handler_timeout', 'the handler did not finish before its deadline')
    : new TrunklineError('dependency_unavailable', `Postgres did not answer before the deadline (${phase})`);
}

/** False when the connection is of no further use. */
async function rolledBack(client: PoolClient, thrown: unknown): Promise<boolean> {
  if (classify(thrown).code === 'dependency_unavailable') return false;
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    // The failure that brought us here is the one to report; the connection is destroyed.
    return false;
  }
}
