import {
  distinctEntities,
  entityColumns,
  type EntityKey,
  entityOfParts,
  entityOfText,
  entityParameters,
  entityText,
  entityValues,
  type Transaction,
} from '@trunkline/postgres';

import { type AddressState, type Contact, maxContactsOfPerson, type Partition, partition } from './partition.ts';

/** As much of the contacts as is needed to know the people of some of them, and these people. */
export interface Neighbourhood {
  /** Of all whose person may be another than before. */
  readonly concerned: ReadonlySet<string>;
  readonly partition: Partition;
  /** What the table says of the addresses, by digest. */
  readonly addresses: ReadonlyMap<string, StoredAddress>;
}

export interface StoredAddress {
  readonly tenantId: string;
  readonly digest: string;
  readonly holders: readonly string[];
  readonly isCrowded: boolean;
  readonly stored: AddressState | undefined;
}

/**
 * Reads outwards, ring by ring, from contacts that changed (with what they were one with before) and addresses that were
 * let go: along what the CRM merged, and along addresses that join. It stops at shared ones, so a switchboard with a
 * thousand employees costs its holders and not their neighbours.
 */
export async function readNeighbourhood(
  tx: Transaction,
  changed: readonly EntityKey[],
  letGo: readonly { readonly tenantId: string; readonly digest: string }[],
): Promise<Neighbourhood> {
  const contacts = new Map<string, Contact>();
  const addresses = new Map<string, StoredAddress>();
  const read = new Set<string>();
  const concerned = new Set(changed.map(entityText));

  async function readRing(keys: readonly EntityKey[], digests: typeof letGo): Promise<void> {
    let wanted = keys;
    if (digests.length > 0) {
      for (const address of await readAddresses(tx, digests)) {
        addresses.set(address.digest, address);
        if (!address.isCrowded) wanted = [...wanted, ...address.holders.map(entityOfText)];
      }
    }
    // What was merged with them, and with that.
    for (wanted = unread(wanted); wanted.length > 0;) {
      for (const key of wanted) read.add(entityText(key));
      const found = await readContacts(tx, wanted);
      for (const contact of found) contacts.set(contact.id, contact);
      wanted = unread(found.flatMap(({ mergedWith }) => mergedWith.map(entityOfText)));
    }
  }

  function unread(keys: readonly EntityKey[]): readonly EntityKey[] {
    return distinctEntities(keys).filter((key) => !read.has(entityText(key)));
  }

  await readRing(changed, letGo);
  for (;;) {
    const found = partition(contacts, [...addresses.values()]);
    for (const id of concerned) for (const other of found.personOf(id)) concerned.add(other.id);
    // Those that an address joined until now, or joins from now on.
    for (const address of addresses.values())
      if (found.states.get(address.digest)?.state !== address.stored?.state)
        for (const id of address.holders) concerned.add(id);
    const missing = [...concerned].flatMap((id) => {
      const contact = contacts.get(id);
      return (contact?.addresses ?? [])
        .filter((digest) => !addresses.has(digest))
        .map((digest) => ({ tenantId: contact?.key.tenantId ?? '', digest }));
    });
    const absent = unread([...concerned].map(entityOfText));
    if (missing.length === 0 && absent.length === 0) return { concerned, partition: found, addresses };
    await readRing(absent, [...new Map(missing.map((address) => [address.digest, address])).values()]);
  }
}

async function readContacts(tx: Transaction, keys: readonly EntityKey[]): Promise<readonly Contact[]> {
  const rows = await tx.query<ContactRow>(contactsSql, entityValues(keys));
  return rows.flatMap(({ key: parts, is_live: isLive, merged_into: into, merged_from: from, addresses }): Contact[] => {
    // One that is gone for good is nobody.
    if (!isLive && into.length === 0) return [];
    const key = entityOfParts(parts);
    const mergedWith = [...into, ...from].map(([kind = '', entityId = '']) => entityText({ ...key, kind, entityId }));
    return [{ key, id: entityText(key), isLive, mergedWith, addresses }];
  });
}

interface ContactRow {
  readonly key: readonly string[];
  readonly is_live: boolean;
  /** Kind and id of each. */
  readonly merged_into: readonly (readonly string[])[];
  readonly merged_from: readonly (readonly string[])[];
  readonly addresses: readonly string[];
}

const contactsSql = `
SELECT ARRAY[tenant_id, provider, account, kind, entity_id] AS key, c.deleted_at IS NULL AS is_live,
  coalesce((
    SELECT jsonb_agg(jsonb_build_array(m.into_kind, m.into_id)) FROM crm.contact_merge m
    WHERE (m.tenant_id, m.provider, m.account, m.kind, m.entity_id) = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)
  ), '[]') AS merged_into,
  coalesce((
    SELECT jsonb_agg(jsonb_build_array(m.kind, m.entity_id)) FROM crm.contact_merge m
    WHERE (m.tenant_id, m.provider, m.account, m.into_kind, m.into_id) = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)
  ), '[]') AS merged_from,
  ARRAY(
    SELECT encode(a.digest, 'hex') FROM crm.contact_address a
    WHERE (a.tenant_id, a.provider, a.account, a.kind, a.entity_id) = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)
      AND a.is_held
  ) AS addresses
FROM unnest(${entityParameters(1)}) AS k (${entityColumns})
JOIN crm.contact c USING (${entityColumns})`;

async function readAddresses(
  tx: Transaction,
  digests: readonly { readonly tenantId: string; readonly digest: string }[],
): Promise<readonly StoredAddress[]> {
  const rows = await tx.query<AddressRow>(addressesSql, [
    digests.map(({ tenantId }) => tenantId),
    digests.map(({ digest }) => digest),
    maxContactsOfPerson + 1,
  ]);
  return rows.map(({ tenant_id: tenantId, digest, state, is_crowded: wasCrowded, holders }) => ({
    tenantId,
    digest,
    holders: holders.map(([provider = '', account = '', kind = '', entityId = '']) =>
      entityText({ tenantId, provider, account, kind, entityId }),
    ),
    isCrowded: wasCrowded === true || holders.length > maxContactsOfPerson,
    stored: state === null ? undefined : { state, isCrowded: wasCrowded === true },
  }));
}

interface AddressRow {
  readonly tenant_id: string;
  readonly digest: string;
  readonly state: AddressState['state'] | null;
  readonly is_crowded: boolean | null;
  readonly holders: readonly (readonly string[])[];
}

const addressesSql = `
SELECT d.tenant_id, d.digest, a.state, a.is_crowded, h.holders
FROM unnest($1::text[], $2::text[]) AS d (tenant_id, digest)
LEFT JOIN crm.address a ON a.tenant_id = d.tenant_id AND a.digest = decode(d.digest, 'hex')
CROSS JOIN LATERAL (
  SELECT coalesce(jsonb_agg(jsonb_build_array(provider, account, kind, entity_id)), '[]') AS holders
  FROM (
    SELECT provider, account, kind, entity_id FROM crm.contact_address
    WHERE tenant_id = d.tenant_id AND digest = decode(d.digest, 'hex') AND is_held LIMIT $3
  ) AS holder
) AS h`;
