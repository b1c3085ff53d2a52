import { classify, TrunklineError } from '@trunkline/core';
import type { QueryResult } from 'pg';

import type { CopyBuffer } from './copy-out.ts';
import { createStatementNames } from './statement-name.ts';

/** What a handler sees of Postgres: one open transaction that names its tenants. */
export interface Transaction {
  /** The service's schema. SQL names its tables in full (`${tx.schema}.payment`): nothing depends on a search path. */
  readonly schema: string;
  /**
   * Runs one statement. `Row` is the caller's word for what its SQL returns; nothing checks it.
   * Rejects with a TrunklineError whose cause is the driver's error, `handler_timeout` when the transaction is over.
   */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * As `query`, of a text that comes with every batch: Postgres parses it once for each connection. From the sixth time on
   * it may keep a plan that knows neither how long a list is nor how full a table has become since: not for a statement
   * that joins a list to a table which is empty at times.
   */
  prepared<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]>;
  /** Runs one `COPY … FROM STDIN` with these rows, in the format that its text names. Rejects as `query` does. */
  copy(text: string, rows: Buffer): Promise<void>;
  /**
   * What one `COPY (…) TO STDOUT` answers, in the format that its text names. Takes no parameters and is planned each time.
   * For many rows with bytes in them: nothing of them is written as text and read again. Rejects as `query` does.
   *
   * The answer is a view of `into`, there until the next one is copied to it. From the first row on that makes it longer
   * than `into` takes it is cut, between two rows: the end is missing then, too. Its first row is there whatever its size.
   */
  copyOut(text: string, into: CopyBuffer): Promise<Buffer>;
}

/** A transaction that its owner can close, so that the late query of a hung handler lands nowhere. */
export interface OwnedTransaction extends Transaction {
  /** What has failed its statements since the last one that went through: the server commits nothing any more. */
  failure(): TrunklineError | undefined;
  /** Takes no more statements. One that is on its way to the server already still belongs to the transaction. */
  close(): void;
}

/** One statement on the transaction's connection. Rejects with an error of ours. */
export type Send = <Row extends object>(
  text: string,
  values?: readonly unknown[],
  name?: string,
) => Promise<QueryResult<Row>>;

/** A transaction's connection. */
export interface Connection {
  readonly send: Send;
  readonly copy: (text: string, rows: Buffer) => Promise<void>;
  readonly copyOut: (text: string, into: CopyBuffer) => Promise<Buffer>;
}

const nameOf = createStatementNames();

/** Wraps a connection whose transaction is open. */
export function openTransaction(connection: Connection, schema: string): OwnedTransaction {
  let open = true;
  let failure: TrunklineError | undefined;
  // One statement at a time: the protocol has no more, and the driver's own queue is deprecated.
  let tail: Promise<unknown> = Promise.resolve();

  async function ask<T>(statement: () => Promise<T>): Promise<T> {
    if (!open) throw new TrunklineError('handler_timeout', 'a query came after its transaction was over');
    try {
      const answer = await statement();
      failure = undefined;
      return answer;
    } catch (thrown) {
      const error = classify(thrown);
      // What comes after the first one only says that there was one.
      failure ??= error;
      throw error;
    }
  }

  function inTurn<T>(statement: () => Promise<T>): Promise<T> {
    const answer = tail.then(() => ask(statement));
    // The caller owns the failure; the chain only needs to know that the statement is finished.
    tail = answer.catch(() => undefined);
    return answer;
  }

  const rowsOf = async <Row extends object>(...statement: Parameters<Send>): Promise<readonly Row[]> =>
    (await connection.send<Row>(...statement)).rows;

  return {
    schema,
    query: (text, values) => inTurn(() => rowsOf(text, values)),
    prepared: (text, values) => inTurn(() => rowsOf(text, values, nameOf(text))),
    copy: (text, rows) => inTurn(() => connection.copy(text, rows)),
    copyOut: (text, into) => inTurn(() => connection.copyOut(text, into)),
    failure: () => failure,
    close(): void {
      open = false;
    },
  };
}
