import { pipeline } from 'node:stream/promises';

import { classify, TrunklineError } from '@trunkline/core';
import type { Pool, PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import { copyOut } from './copy-out.ts';
import type { Cut } from './cut.ts';
import type { DatabaseEvent } from './database.ts';
import { driverError } from './driver-error.ts';
import type { LossOf } from './losses.ts';
import { storableValues } from './storable.ts';
import { nameTenantsSql } from './tenants.ts';
import { openTransaction, type OwnedTransaction, type Connection, type Transaction } from './transaction.ts';

export type Phase = 'connect' | 'begin' | 'run' | 'commit';

export interface StatementContext {
  readonly pool: Pool;
  readonly cut: Cut;
  readonly lossOf: LossOf;
  readonly onEvent: (event: DatabaseEvent) => void;
}

export interface RunContext extends StatementContext {
  readonly schema: string;
  /** The tenants, as tenantSetting writes them. */
  readonly setting: string;
  readonly deadlineMs: number;
}

/** A process that freezes inside a transaction must not hold its locks for ever; the deadline itself comes first. */
const idleMarginMs = 30_000;

/** One text, so that a transaction begins with one turn to the server and not with two. */
function beginSql({ setting, deadlineMs }: Pick<RunContext, 'setting' | 'deadlineMs'>): string {
  const idleMs = Math.ceil(deadlineMs + idleMarginMs);
  return `BEGIN; ${nameTenantsSql(setting)}, set_config('idle_in_transaction_session_timeout', '${idleMs}', true)`;
}

/** One transaction, once: it commits, or nothing of it ever lands. */
export async function runOnce<T>(context: RunContext, run: (tx: Transaction) => Promise<T>): Promise<T> {
  const { cut } = context;
  const client = await borrow(context);
  const tx = openTransaction(client, context.schema);
  let phase: Phase = 'begin';
  const work = async (): Promise<T> => {
    await client.send(beginSql(context));
    phase = 'run';
    const result = await run(tx);
    // After the cut nothing may commit, however late the handler comes back.
    if (cut.reason() !== undefined) throw cutError(cut, 'run');
    tx.close();
    phase = 'commit';
    // Postgres answers COMMIT with ROLLBACK where a statement had failed, and calls that a success.
    const { command } = await client.send('COMMIT');
    if (command !== 'COMMIT')
      throw tx.failure() ?? new TrunklineError('unknown', 'Postgres rolled the transaction back');
    return result;
  };
  try {
    const result = await beforeCut(work(), cut, () => phase);
    client.giveBack();
    return result;
  } catch (thrown) {
    // Before the ROLLBACK: a statement that came behind it would be a transaction of its own.
    tx.close();
    const error = cut.reason() === undefined ? causeOf(thrown, tx, client) : classify(thrown);
    const isUsable = cut.reason() === undefined && (await rolledBack(client, error));
    if (isUsable) client.giveBack();
    else client.destroy(phase);
    throw error;
  }
}

/** One statement, once, in the transaction that Postgres makes for it. */
export async function runStatement<Row extends object>(
  context: StatementContext,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const client = await borrow(context);
  try {
    const { rows } = await beforeCut(client.send<Row>(text, values), context.cut, () => 'commit');
    client.giveBack();
    return rows;
  } catch (thrown) {
    const error = client.lost() ?? classify(thrown);
    if (error.code === 'dependency_unavailable' || client.lost() !== undefined) client.destroy('commit');
    else client.giveBack();
    throw error;
  }
}

/** A connection of the pool while somebody works with it. */
interface Borrowed extends Connection {
  /** What the connection was lost to while no statement was there to fail. */
  lost(): TrunklineError | undefined;
  giveBack(): void;
  destroy(phase: Phase): void;
}

async function borrow(context: StatementContext): Promise<Borrowed> {
  const client = await connect(context.pool, context.cut);
  return {
    send: async (text, values = [], name) => {
      try {
        return await client.query({ text, values: storableValues(values), ...(name === undefined ? {} : { name }) });
      } catch (thrown) {
        throw driverError(thrown);
      }
    },
    copy: async (text, rows) => {
      try {
        await pipeline([rows], client.query(copyFrom(text)));
      } catch (thrown) {
        throw driverError(thrown);
      }
    },
    copyOut: async (text, into) => {
      try {
        return await copyOut(client, text, into);
      } catch (thrown) {
        throw driverError(thrown);
      }
    },
    lost: () => context.lossOf(client),
    giveBack: () => client.release(),
    destroy(phase) {
      context.onEvent({ kind: 'client_destroyed', phase });
      client.release(true);
    },
  };
}

/**
 * What ended the transaction. Where the server or its connection did, that is it, whatever the handler made of the
 * statement that failed: an outage in other words is no failure of the handler.
 */
function causeOf(thrown: unknown, tx: OwnedTransaction, client: Borrowed): TrunklineError {
  const failure = client.lost() ?? tx.failure();
  if (failure !== undefined && isOfTheServer(failure)) return failure;
  return classify(thrown);
}

function isOfTheServer({ code }: TrunklineError): boolean {
  return code === 'dependency_unavailable' || code === 'conflict' || code === 'handler_timeout';
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
async function rolledBack(client: Borrowed, { code }: TrunklineError): Promise<boolean> {
  if (code === 'dependency_unavailable' || client.lost() !== undefined) return false;
  try {
    await client.send('ROLLBACK');
    return true;
  } catch {
    // The failure that brought us here is the one to report; the connection is destroyed.
    return false;
  }
}
