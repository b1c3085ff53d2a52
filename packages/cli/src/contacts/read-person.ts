import type { Database, Transaction } from '@trunkline/postgres';

/** A person as crm knows it. */
export interface PersonShown {
  readonly personId: string;
  readonly contacts: readonly ContactShown[];
  readonly addresses: readonly AddressShown[];
  /** The latest first. */
  readonly timeline: readonly TouchShown[];
}

export interface ContactShown {
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly deletedAt: Date | null;
  readonly mergedInto: string | null;
}

export interface AddressShown {
  readonly kind: string;
  readonly value: string;
  /** `linking`, or `shared`: it shows what happened there and joins nobody. */
  readonly state: string;
}

export interface TouchShown {
  readonly what: string;
  readonly at: Date;
  readonly status: string | null;
  readonly direction: string | null;
  /** In minor units, as text: a bigint. */
  readonly amount: string | null;
  readonly currency: string | null;
  readonly phoneId: string | null;
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly id: string;
}

/** That a contact or an address was erased. */
export interface ErasedShown {
  readonly what: 'contact' | 'address';
  readonly erasedAt: Date;
}

export interface WantedPeople {
  readonly tenant: string;
  /** A person's id, or a contact's. */
  readonly id: string | undefined;
  /** Of an address. */
  readonly digest: Buffer | undefined;
  /** Touches of each at most. */
  readonly limit: number;
}

/** Those who go by it; several where an address is shared. */
export async function readPeople(
  database: Database,
  wanted: WantedPeople,
  signal: AbortSignal,
): Promise<readonly PersonShown[]> {
  const { tenant, id, digest } = wanted;
  return await database.transaction(
    [tenant],
    async (tx) => {
      const found = await tx.query<{ readonly id: string }>(foundSql, [tenant, id ?? null, digest ?? null]);
      const people: PersonShown[] = [];
      for (const { id: personId } of found) people.push(await readPerson(tx, personId, wanted));
      return people;
    },
    { signal },
  );
}

async function readPerson(tx: Transaction, personId: string, { tenant, limit }: WantedPeople): Promise<PersonShown> {
  return {
    personId,
    contacts: await tx.query<ContactShown>(contactsSql, [tenant, personId]),
    addresses: await tx.query<AddressShown>(addressesSql, [tenant, personId]),
    timeline: await tx.query<TouchShown>(timelineSql, [tenant, personId, limit]),
  };
}

/** What is known of somebody who is not there: that they were erased, and when. */
export async function readErased(
  database: Database,
  { tenant, id, digest }: Omit<WantedPeople, 'limit'>,
  signal: AbortSignal,
): Promise<ErasedShown | undefined> {
  const [erased] = await database.transaction(
    [tenant],
    (tx) => tx.query<ErasedShown>(erasedSql, [tenant, id ?? null, digest ?? null]),
    { signal },
  );
  return erased;
}

const mostPeople = 10;

const foundSql = `
SELECT DISTINCT id FROM (
  SELECT coalesce(merged_into, person_id) AS id FROM crm.person WHERE tenant_id = $1 AND person_id::text = $2
  UNION ALL
  SELECT person_id FROM crm.contact_person WHERE tenant_id = $1 AND entity_id = $2
  UNION ALL
  SELECT c.person_id FROM crm.contact_address a
  JOIN crm.contact_person c USING (tenant_id, provider, account, kind, entity_id)
  WHERE a.tenant_id = $1 AND a.digest = $3 AND a.is_held
) AS person ORDER BY id LIMIT ${mostPeople}`;

const erasedSql = `
SELECT 'contact' AS what, deleted_at AS "erasedAt" FROM crm.contact
WHERE tenant_id = $1 AND entity_id = $2 AND deletion_reason = 'privacy' AND deleted_at IS NOT NULL
UNION ALL
SELECT 'address', erased_until FROM crm.erased_address WHERE tenant_id = $1 AND digest = $3
ORDER BY 2 DESC LIMIT 1`;

const contactsSql = `
SELECT c.provider, c.account, c.kind, c.entity_id AS id,
  coalesce(c.full_name, nullif(concat_ws(' ', c.first_name, c.last_name), '')) AS name,
  c.email, coalesce(c.mobile_phone, c.phone) AS phone, c.deleted_at AS "deletedAt", c.merged_into AS "mergedInto"
FROM crm.contact_person p JOIN crm.contact c USING (tenant_id, provider, account, kind, entity_id)
WHERE p.tenant_id = $1 AND p.person_id = $2::uuid ORDER BY 1, 2, 3, 4`;

const addressesSql = `
SELECT DISTINCT a.kind, a.value, a.state
FROM crm.contact_person p
JOIN crm.contact_address h USING (tenant_id, provider, account, kind, entity_id)
JOIN crm.address a ON a.tenant_id = h.tenant_id AND a.digest = h.digest
WHERE p.tenant_id = $1 AND p.person_id = $2::uuid AND h.is_held ORDER BY 1, 2`;

const timelineSql = `
SELECT what, happened_at AS at, status, direction, amount, currency, phone_id AS "phoneId",
  provider, account, kind, entity_id AS id
FROM crm.timeline($1, $2::uuid, 'infinity', ARRAY['', '', '', ''], $3)`;
