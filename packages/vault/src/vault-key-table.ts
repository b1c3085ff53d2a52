/**
 * What a service's migration makes to keep its data keys in. It is no tenant's table: rotation goes through the keys of all
 * tenants alike, and they open nothing but the sealed values, which stand in tables that are isolated.
 */
export function vaultKeyTableSql(schema: string): string {
  return `CREATE TABLE ${schema}.vault_key (
  owner text PRIMARY KEY,
  tenant_id text NOT NULL,
  generation bigint NOT NULL,
  kek_id text NOT NULL,
  dek_wrapped bytea NOT NULL
);
CREATE INDEX vault_key_by_kek ON ${schema}.vault_key (kek_id, owner);`;
}
