import { setTimeout as delay } from 'node:timers/promises';

import { classify, TrunklineError } from '@trunkline/core';
import { Pool } from 'pg';

import { startCut } from './cut.ts';
import { identifier } from './identifiers.ts';
import { watchLosses } from './losses.ts';
import { type Phase, runOnce, runStatement } from './run-once.ts';
import { tenantSetting } from './tenants.ts';
import type { Transaction } from './transaction.ts';

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
   * land later), `dependency_unavailable` when Postgres does not answer or other transactions were in the way each
   * time, whatever `run` made of it; and else with what `run` threw, or with a failed statement that it
   * passed over, because Postgres commits nothing after one. After `dependency_unavailable` the transaction may have
   * been committed: ask the inbox, not the error.
   */
  transaction<T>(
    tenants: readonly string[],
    run: (tx: Transaction) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
  /** Runs one statement in a transaction of its own, which names no tenant. Fails as `transaction` does. */
  statement<Row extends object>(
    text: string,
    values: readonly unknown[],
    options?: TransactionOptions,
  ): Promise<readonly Row[]>;
  /** Resolves when Postgres answers and takes writes; else `dependency_unavailable`. */
  probe(signal?: AbortSignal): Promise<void>;
  /** Ends idle connections now and waits for the others up to the deadline. */
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

/** Runs of one transaction that keeps conflicting (serialization failure, deadlock) before it counts as an outage. */
const conflictRuns = 5;
const conflictBackoffMs = 10;
/** Without a deadline of its own a transaction still ends. */
const defaultDeadlineMs = 30_000;
/** How much longer than the server's own limit the client waits, for a server that is frozen. */
const answerMarginMs = 2_000;
const idleTimeoutMs = 30_000;
/** Of the statement timeout, what a statement may wait for one lock. */
const lockShare = 0.8;

/** Opens nothing: the first transaction connects. */
export function createDatabase(options: DatabaseOptions): Database {
  const schema = identifier(options.schema);
  const onEvent = options.onEvent ?? (() => undefined);
  const pool = createPool(options);
  const lossOf = watchLosses(pool, (error) => onEvent({ kind: 'connection_lost', error }));

  return {
    schema,
    async transaction(tenants, run, { signal, deadlineMs = defaultDeadlineMs } = {}) {
      const setting = tenantSetting(tenants);
      const cut = startCut({ signal, deadlineMs });
      try {
        return await repeatOnConflict(
          () => runOnce({ pool, schema, setting, cut, deadlineMs, lossOf, onEvent }, run),
          (attempt) => onEvent({ kind: 'transaction_repeated', run: attempt }),
        );
      } finally {
        cut.release();
      }
    },
    async statement(text, values, { signal, deadlineMs = defaultDeadlineMs } = {}) {
      const cut = startCut({ signal, deadlineMs });
      try {
        return await repeatOnConflict(
          () => runStatement({ pool, cut, lossOf, onEvent }, text, values),
          (attempt) => onEvent({ kind: 'transaction_repeated', run: attempt }),
        );
      } finally {
        cut.release();
      }
    },
    async probe(signal) {
      const deadlineMs = options.connectTimeoutMs + answerMarginMs;
      const cut = startCut({ signal, deadlineMs });
      try {
        await runOnce({ pool, schema, setting: '', cut, deadlineMs, lossOf, onEvent }, askWhetherWritable);
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
    // Earlier than the statement timeout, so that waiting for somebody else's lock is told from being slow.
    lock_timeout: Math.ceil(options.statementTimeoutMs * lockShare),
    // Between BEGIN and the first statement, which says how long this transaction may stand idle.
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
