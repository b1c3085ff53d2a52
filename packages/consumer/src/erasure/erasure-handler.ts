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

/** Clears what entities keep of people whose addresses are erased. */
export type ClearEntities = (tx: Transaction, keys: readonly EntityKey[]) => Promise<void>;

/** Honours requests to erase what happened at an address, in tables of newest states. `erasable` keeps it so. */
export function erasureHandler(
  personal: readonly PersonalTable[],
  { book }: { readonly book: AddressBook },
): RequestHandler<Topic> {
  return erasureOf(async (tx, keys) => {
    // What follows an entity is cleared with it.
    for (const table of personal) {
      if (table.follower === undefined) await clearTable(tx, { table, personal, book }, keys);
    }
  });
}

/**
 * The same for whatever else names people: remembers the address by its digest, and has all cleared that it takes part
 * in. A request without an address concerns an entity of somebody else's.
 */
export function erasureOf(clear: ClearEntities): RequestHandler<Topic> {
  return {
    name: 'erasure',
    topic: 'privacy.erasure_request.v1',
    types: ['privacy.erasure_request.erase'],
    async handleBatch(requests, tx) {
      const erased = requests.flatMap(erasedBy);
      await takeErasureTurn(tx, erased, { alone: true });
      await writeErasedAddresses(tx, erased);
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

async function eachPage(tx: Transaction, { tenantId, digest }: ErasedAddress, clear: ClearEntities): Promise<void> {
  for (let after: EntityKey | undefined; ;) {
    const keys = await readEntitiesAt(tx, { tenantId, digest, after, limit: entitiesAtOnce });
    await clear(tx, keys);
    if (keys.length < entitiesAtOnce) return;
    after = keys.at(-1);
  }
}
