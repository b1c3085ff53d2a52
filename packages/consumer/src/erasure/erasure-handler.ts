import type { AddressBook } from '@trunkline/addresses';
import { TrunklineError } from '@trunkline/core';
import {
  type EntityKey,
  type ErasedAddress,
  readEntitiesAt,
  takeErasureTurn,
  type Transaction,
  writeErasedAddresses,
} from '@trunkline/postgres';

import type { ConsumedRequest, RequestHandler } from '../handler.ts';
import { clearTable } from './clear.ts';
import type { PersonalTable } from './personal.ts';

type Topic = 'privacy.erasure_request.v1';

/** Entities cleared by one round of statements. */
const entitiesAtOnce = 5_000;

/**
 * Honours requests to erase what happened at an address: remembers the address by its digest, and clears what is kept of
 * whoever it belongs to. `erasable` keeps it so. A request without an address concerns an entity of somebody else's.
 */
export function erasureHandler(
  personal: readonly PersonalTable[],
  { book }: { readonly book: AddressBook },
): RequestHandler<Topic> {
  return {
    name: 'erasure',
    topic: 'privacy.erasure_request.v1',
    types: ['privacy.erasure_request.erase'],
    async handleBatch(requests, tx) {
      const erased = requests.flatMap(erasedBy);
      await takeErasureTurn(tx, erased, { alone: true });
      await writeErasedAddresses(tx, erased);
      const clear = async (keys: readonly EntityKey[]): Promise<void> => {
        // What follows an entity is cleared with it.
        for (const table of personal) {
          if (table.follower === undefined) await clearTable(tx, { table, personal, book }, keys);
        }
      };
      for (const address of erased) await eachPage(tx, address, clear);
      return { stale: [] };
    },
  };
}

function erasedBy({ record }: ConsumedRequest<Topic>): readonly ErasedAddress[] {
  const { metadata, addressDigest: digest, erasedAt } = record;
  if (digest === null) return [];
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    throw new TrunklineError('payload_malformed', 'addressDigest is not 64 hex digits: see docs/records.md, "Digest"');
  }
  return [{ tenantId: metadata.tenantId, digest, untilMs: erasedAt ?? metadata.requestedAt }];
}

async function eachPage(
  tx: Transaction,
  { tenantId, digest }: ErasedAddress,
  clear: (keys: readonly EntityKey[]) => Promise<void>,
): Promise<void> {
  for (let after: EntityKey | undefined; ;) {
    const keys = await readEntitiesAt(tx, { tenantId, digest, after, limit: entitiesAtOnce });
    await clear(keys);
    if (keys.length < entitiesAtOnce) return;
    after = keys.at(-1);
  }
}
