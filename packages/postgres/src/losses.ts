import type { TrunklineError } from '@trunkline/core';
import type { Pool, PoolClient } from 'pg';

import { lostConnection } from './driver-error.ts';

/** What a connection of the pool was lost to; undefined of one that is there, as far as known. */
export type LossOf = (client: PoolClient) => TrunklineError | undefined;

/**
 * Listens to every connection for as long as there is one: a loss while no statement is there to fail would end the
 * process. The pool itself listens to idle ones only, and lets go of a new one before it hands it over: a server that
 * shuts down may end a connection in the same breath in which it has opened it.
 */
export function watchLosses(pool: Pool, onLost: (error: TrunklineError) => void): LossOf {
  const losses = new WeakMap<PoolClient, TrunklineError>();
  pool.on('connect', (client) => {
    client.on('error', (thrown) => {
      const error = lostConnection(thrown);
      if (!losses.has(client)) losses.set(client, error);
      onLost(error);
    });
  });
  // Of an idle connection, which it has removed: told above.
  pool.on('error', () => undefined);
  return (client) => losses.get(client);
}
