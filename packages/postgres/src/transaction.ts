import { classify, TrunklineError } from '@trunkline/core';
import type { QueryResult } from 'pg';

/** What a handler sees of Postgres: one open transaction that names its tenants. */
export interface Transaction {
  /** The service's schema. SQL names its tables in full (`${tx.schema}.payment`): nothing depends on a search path. */
  readonly schema: string;
  /**
   * Runs one statement. `Row` is the caller's word for what its SQL returns; nothing checks it.
   * Rejects with a TrunklineError whose cause is the driver's error, `handler_timeout` when the transaction is over.
   */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** A transaction that its owner can close, so that the late query of a hung handler lands nowhere. */
export interface OwnedTransaction extends Transaction {
  /** What has failed its statements since the last one that went through: the server commits nothing any more. */
  failure(): TrunklineError | undefined;
  /** Takes no more statements. One that is on its way to the server already still belongs to the transaction. */
  close(): void;
}

/** One statement on the transaction's connection. Rejects with an error of ours. */
export type Send = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<QueryResult<Row>>;

/** Wraps a connection whose transaction is open. */
export function openTransaction(send: Send, schema: string): OwnedTransaction {
  let open = true;
  let failure: TrunklineError | undefined;
  // One statement at a time: the protocol has no more, and the driver's own queue is deprecated.
  let tail: Promise<unknown> = Promise.resolve();

  async function ask<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    if (!open) throw new TrunklineError('handler_timeout', 'a query came after its transaction was over');
    try {
      const { rows } = await send<Row>(text, values);
      failure = undefined;
      return rows;
    } catch (thrown) {
      const error = classify(thrown);
      // What comes after the first one only says that there was one.
      failure ??= error;
      throw error;
    }
  }

  return {
    schema,
    query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
      const answer = tail.then(() => ask<Row>(text, values));
      // The caller owns the failure; the chain only needs to know that the statement is finished.
      tail = answer.catch(() => undefined);
      return answer;
    },
    failure: () => failure,
    close(): void {
      open = false;
    },
  };
}
