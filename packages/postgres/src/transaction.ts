import { TrunklineError } from '@trunkline/core';
import type { PoolClient } from 'pg';

/** What a handler sees of Postgres: one open transaction that names its tenants. */
export interface Transaction {
  /** The service's schema. SQL names its tables in full (`${tx.schema}.payment`): nothing depends on a search path. */
  readonly schema: string;
  /**
   * Runs one statement. `Row` is the caller's word for what its SQL returns; nothing checks it.
   * Rejects with the driver's error, or `handler_timeout` when the transaction is already over.
   */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** A transaction that its owner can close, so that the late query of a hung handler lands nowhere. */
export interface OwnedTransaction extends Transaction {
  close(): void;
}

/** Wraps a client whose transaction is open. */
export function openTransaction(client: PoolClient, schema: string): OwnedTransaction {
  let open = true;
  // One statement at a time: the protocol has no more, and the driver's own queue is deprecated.
  let tail: Promise<unknown> = Promise.resolve();
  return {
    schema,
    query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
      const answer = tail.then(async () => {
        if (!open) throw new TrunklineError('handler_timeout', 'a query came after its transaction was over');
        const result = await client.query<Row>(text, [...values]);
        return result.rows;
      });
      // The caller owns the failure; the chain only needs to know that the statement is finished.
      tail = answer.catch(() => undefined);
      return answer;
    },
    close(): void {
      open = false;
    },
  };
}
