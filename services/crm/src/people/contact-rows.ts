import type { AddressBook, KnownAddress } from '@trunkline/addresses';
import {
  entityColumns,
  type EntityKey,
  entityOfParts,
  entityParameters,
  entityValues,
  type Transaction,
} from '@trunkline/postgres';

/** What a row of crm.contact says about who it is, and what of that is known already. */
export interface ContactRow {
  readonly key: EntityKey;
  /** Whether it is there, or at least went into another one. */
  readonly isSomebody: boolean;
  /** The addresses it holds now. */
  readonly addresses: readonly KnownAddress[];
  /** Whether people have to be worked out anew for it. */
  readonly isNews: boolean;
}

export async function readContacts(
  tx: Transaction,
  book: AddressBook,
  keys: readonly EntityKey[],
): Promise<readonly ContactRow[]> {
  const rows = await tx.query<Row>(readSql, entityValues(keys));
  return rows.map((row): ContactRow => {
    const key = entityOfParts(row.key);
    const isSomebody = row.is_live || row.merged_into !== null;
    const addresses = isSomebody ? addressesOf(book, key.tenantId, row) : [];
    const digests = new Set(addresses.map(({ digest }) => digest));
    return {
      key,
      isSomebody,
      addresses,
      isNews:
        digests.size !== row.held.length ||
        row.held.some((digest) => !digests.has(digest)) ||
        row.has_person !== row.is_live ||
        // What is one with another may concern both.
        row.merged_into !== null ||
        row.converted_contact_id !== null,
    };
  });
}

function addressesOf(book: AddressBook, tenantId: string, row: Row): readonly KnownAddress[] {
  const all = [
    ...book.email(tenantId, row.email),
    ...book.phone(tenantId, row.phone),
    ...book.phone(tenantId, row.mobile_phone),
  ];
  return [...new Map(all.map((address) => [address.digest, address])).values()];
}

interface Row {
  readonly key: readonly string[];
  readonly email: string | null;
  readonly phone: string | null;
  readonly mobile_phone: string | null;
  readonly is_live: boolean;
  readonly merged_into: string | null;
  readonly converted_contact_id: string | null;
  readonly held: readonly string[];
  readonly has_person: boolean;
}

const readSql = `
SELECT ARRAY[tenant_id, provider, account, kind, entity_id] AS key, c.email, c.phone, c.mobile_phone,
  c.deleted_at IS NULL AS is_live, c.merged_into, c.converted_contact_id,
  ARRAY(
    SELECT encode(a.digest, 'hex') FROM crm.contact_address a
    WHERE (a.tenant_id, a.provider, a.account, a.kind, a.entity_id) = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)
      AND a.is_held
  ) AS held,
  p.person_id IS NOT NULL AS has_person
FROM unnest(${entityParameters(1)}) AS k (${entityColumns})
JOIN crm.contact c USING (${entityColumns})
LEFT JOIN crm.contact_person p USING (${entityColumns})`;
