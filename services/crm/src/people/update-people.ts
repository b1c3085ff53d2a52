import type { Digest, KnownAddress } from '@trunkline/addresses';
import {
  entityColumns,
  type EntityKey,
  entityOfParts,
  entityOfText,
  entityParameters,
  entityText,
  entityValues,
  type Transaction,
} from '@trunkline/postgres';

import { contactReference } from '../reference.ts';
import type { ContactRow } from './contact-rows.ts';
import { type Neighbourhood, readNeighbourhood } from './neighbourhood.ts';
import type { Contact } from './partition.ts';
import { personId } from './person-id.ts';

/**
 * Works out anew which people the contacts are, after their rows changed. At most one transaction at a time does so for
 * a tenant: which contacts a change reaches is known only when they have been read, and two that read at once would each
 * miss what the other one joins or parts. Changes that say nothing of who somebody is do not come here.
 */
export async function updatePeople(
  tx: Transaction,
  digest: Digest,
  { contacts, freed }: { readonly contacts: readonly ContactRow[]; readonly freed: readonly TenantDigest[] },
): Promise<void> {
  if (contacts.length === 0) return;
  await tx.query(lockSql, [contacts.map(({ key }) => key.tenantId)]);
  const letGo = [...freed, ...(await holdAddresses(tx, contacts))];
  const before = await tx.query<{ readonly key: readonly string[] }>(
    formerlyOneSql,
    entityValues(contacts.map(({ key }) => key)),
  );
  const changed = [...contacts.map(({ key }) => key), ...before.map(({ key }) => entityOfParts(key))];
  await writePeople(tx, digest, await readNeighbourhood(tx, changed, letGo));
}

/** In one order, so that two transactions with several tenants do not wait for each other. */
const lockSql = `
SELECT pg_advisory_xact_lock(hashtext('crm.people'), tenant)
FROM (SELECT DISTINCT hashtext(tenant_id) AS tenant FROM unnest($1::text[]) AS t (tenant_id) ORDER BY 1) AS tenants`;

const formerlyOneSql = `
SELECT ARRAY[other.tenant_id, other.provider, other.account, other.kind, other.entity_id] AS key
FROM unnest(${entityParameters(1)}) AS k (${entityColumns})
JOIN crm.contact_person p USING (${entityColumns})
JOIN crm.contact_person other ON other.tenant_id = p.tenant_id AND other.person_id = p.person_id`;

/** In hex. */
interface TenantDigest {
  readonly tenantId: string;
  readonly digest: string;
}

/** Writes down which addresses the contacts hold; returns those that one of them held until now. */
async function holdAddresses(tx: Transaction, contacts: readonly ContactRow[]): Promise<readonly TenantDigest[]> {
  const held = contacts.flatMap(({ key, addresses }) => addresses.map((address) => ({ key, ...address })));
  const pairs = [...entityValues(held.map(({ key }) => key)), held.map(({ digest }) => digest)];
  if (held.length > 0) {
    await tx.query(addressSql, [
      held.map(({ key }) => key.tenantId),
      held.map(({ digest }) => digest),
      held.map(({ kind }) => kind),
      held.map(({ value }) => value),
    ]);
    await tx.query(holdSql, pairs);
  }
  const rows = await tx.query<{ readonly tenant_id: string; readonly digest: string }>(letGoSql, [
    ...entityValues(contacts.map(({ key }) => key)),
    ...pairs,
  ]);
  return rows.map(({ tenant_id: tenantId, digest }) => ({ tenantId, digest }));
}

const addressSql = `
INSERT INTO crm.address (tenant_id, digest, kind, value, state, is_crowded)
SELECT DISTINCT ON (tenant_id, digest) tenant_id, decode(digest, 'hex'), kind, value, 'linking', false
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS i (tenant_id, digest, kind, value)
ORDER BY tenant_id, digest
ON CONFLICT (tenant_id, digest) DO NOTHING`;

/** Since when is what events told (tellAddresses); this one is for an address that is read otherwise than it was then. */
const holdSql = `
INSERT INTO crm.contact_address AS t (${entityColumns}, digest, since, is_held)
SELECT ${entityColumns}, decode(digest, 'hex'), now(), true
FROM unnest(${entityParameters(1)}, $6::text[]) AS i (${entityColumns}, digest)
ORDER BY ${entityColumns}, digest
ON CONFLICT (${entityColumns}, digest) DO UPDATE SET is_held = true WHERE NOT t.is_held`;

const letGoSql = `
UPDATE crm.contact_address AS t SET is_held = false
FROM unnest(${entityParameters(1)}) AS k (${entityColumns})
WHERE (t.tenant_id, t.provider, t.account, t.kind, t.entity_id) = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)
  AND t.is_held
  AND NOT EXISTS (
    SELECT FROM unnest(${entityParameters(6)}, $11::text[]) AS h (${entityColumns}, digest)
    WHERE (h.tenant_id, h.provider, h.account, h.kind, h.entity_id) = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)
      AND decode(h.digest, 'hex') = t.digest
  )
RETURNING t.tenant_id, encode(t.digest, 'hex') AS digest`;

/** An address that an event told a contact to have, at that time. */
export interface ToldAddress extends KnownAddress {
  readonly key: EntityKey;
  readonly atMs: number;
}

/** Remembers since when contacts have had their addresses: the earliest time that any event told, in whichever order. */
export async function tellAddresses(tx: Transaction, told: readonly ToldAddress[]): Promise<void> {
  if (told.length === 0) return;
  await tx.query(toldSql, [
    ...entityValues(told.map(({ key }) => key)),
    told.map(({ digest }) => digest),
    told.map(({ atMs }) => atMs),
  ]);
}

const toldSql = `
INSERT INTO crm.contact_address AS t (${entityColumns}, digest, since, is_held)
SELECT ${entityColumns}, decode(digest, 'hex'), to_timestamp(min(at) / 1000), false
FROM unnest(${entityParameters(1)}, $6::text[], $7::double precision[]) AS i (${entityColumns}, digest, at)
GROUP BY ${entityColumns}, digest
ORDER BY ${entityColumns}, digest
ON CONFLICT (${entityColumns}, digest) DO UPDATE SET since = excluded.since WHERE excluded.since < t.since`;

async function writePeople(
  tx: Transaction,
  digest: Digest,
  { concerned, partition, addresses }: Neighbourhood,
): Promise<void> {
  const members = new Map<string, Member>();
  const nobody: EntityKey[] = [];
  for (const id of concerned) {
    const together = partition.personOf(id);
    const [first] = together.toSorted(byId);
    if (first === undefined) nobody.push(entityOfText(id));
    else
      for (const { key } of together)
        members.set(entityText(key), { key, ownId: personId(key), personId: personId(first.key) });
  }
  await writeMembers(
    tx,
    digest,
    [...members.values()].toSorted((a, b) => (a.ownId < b.ownId ? -1 : 1)),
  );
  if (nobody.length > 0) await tx.query(nobodySql, [...entityValues(nobody), nobody.map(personId)]);
  await writeAddresses(tx, { partition, addresses });
}

interface Member {
  readonly key: EntityKey;
  readonly ownId: string;
  readonly personId: string;
}

function byId(a: Contact, b: Contact): number {
  return a.id < b.id ? -1 : 1;
}

async function writeMembers(tx: Transaction, digest: Digest, members: readonly Member[]): Promise<void> {
  if (members.length === 0) return;
  await tx.query(membersSql, [
    ...entityValues(members.map(({ key }) => key)),
    members.map(({ ownId }) => ownId),
    members.map(({ personId: id }) => id),
    members.map(({ key }) => contactReference(digest, { ...key, id: key.entityId })),
  ]);
}

const membersSql = `
WITH members AS (
  SELECT * FROM unnest(${entityParameters(1)}, $6::uuid[], $7::uuid[], $8::text[]) AS i (${entityColumns}, own_id, person_id, reference)
), people AS (
  INSERT INTO crm.person AS t (tenant_id, person_id, merged_into)
  SELECT tenant_id, own_id, nullif(person_id, own_id) FROM members
  ON CONFLICT (tenant_id, person_id) DO UPDATE SET merged_into = excluded.merged_into
  WHERE t.merged_into IS DISTINCT FROM excluded.merged_into
)
INSERT INTO crm.contact_person AS t (${entityColumns}, person_id, reference)
SELECT ${entityColumns}, person_id, decode(reference, 'hex') FROM members
ON CONFLICT (${entityColumns}) DO UPDATE SET person_id = excluded.person_id WHERE t.person_id <> excluded.person_id`;

const nobodySql = `
WITH gone AS (
  SELECT * FROM unnest(${entityParameters(1)}, $6::uuid[]) AS i (${entityColumns}, own_id)
), people AS (
  DELETE FROM crm.person t USING gone WHERE t.tenant_id = gone.tenant_id AND t.person_id = gone.own_id
)
DELETE FROM crm.contact_person t USING gone
WHERE (t.tenant_id, t.provider, t.account, t.kind, t.entity_id)
  = (gone.tenant_id, gone.provider, gone.account, gone.kind, gone.entity_id)`;

async function writeAddresses(
  tx: Transaction,
  { partition, addresses }: Pick<Neighbourhood, 'partition' | 'addresses'>,
): Promise<void> {
  const unheld = [...addresses.values()].filter(({ holders }) => holders.length === 0);
  const turned = [...addresses.values()].flatMap(({ tenantId, digest, holders, stored }) => {
    const now = partition.states.get(digest);
    if (holders.length === 0 || now === undefined) return [];
    return now.state === stored?.state && now.isCrowded === stored.isCrowded ? [] : [{ tenantId, digest, ...now }];
  });
  if (turned.length > 0)
    await tx.query(turnSql, [
      turned.map(({ tenantId }) => tenantId),
      turned.map(({ digest }) => digest),
      turned.map(({ state }) => state),
      turned.map(({ isCrowded }) => isCrowded),
    ]);
  if (unheld.length > 0)
    await tx.query(unheldSql, [unheld.map(({ tenantId }) => tenantId), unheld.map(({ digest }) => digest)]);
}

const turnSql = `
UPDATE crm.address t SET state = i.state, is_crowded = i.is_crowded
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS i (tenant_id, digest, state, is_crowded)
WHERE t.tenant_id = i.tenant_id AND t.digest = decode(i.digest, 'hex')`;

const unheldSql = `
DELETE FROM crm.address t USING unnest($1::text[], $2::text[]) AS i (tenant_id, digest)
WHERE t.tenant_id = i.tenant_id AND t.digest = decode(i.digest, 'hex')`;
