import type { Transaction } from '@trunkline/postgres';

/** Who is one with whom: each person's contacts as `provider/account/kind/id`, and the aliases of each. */
export async function peopleNow(tx: Transaction): Promise<unknown> {
  return {
    people: await tx.query(`
      SELECT p.tenant_id, p.person_id,
        (SELECT array_agg(c.provider || '/' || c.account || '/' || c.kind || '/' || c.entity_id ORDER BY 1 COLLATE "C")
         FROM crm.contact_person c WHERE c.tenant_id = p.tenant_id AND c.person_id = p.person_id) AS contacts,
        (SELECT array_agg(a.person_id ORDER BY 1) FROM crm.person a
         WHERE a.tenant_id = p.tenant_id AND a.merged_into = p.person_id) AS aliases
      FROM crm.person p WHERE p.merged_into IS NULL ORDER BY 1, 2`),
    addresses: await tx.query(`SELECT tenant_id, kind, value, state, is_crowded FROM crm.address ORDER BY 1, 2, 3`),
    held: await tx.query(`
      SELECT tenant_id, provider, account, kind, entity_id, encode(digest, 'hex') AS digest, since, is_held
      FROM crm.contact_address ORDER BY 1, 2, 3, 4, 5, 6`),
  };
}
