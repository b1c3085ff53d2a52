/** What the ledger's tables begin with; whole numbers of Postgres come as text, and stay so for --json. */
export interface ObjectKey {
  readonly tenant: string;
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly objectId: string;
}

/** The columns of a table that make an ObjectKey. */
export const objectKeySql = 'tenant_id AS tenant, provider, account, kind, object_id AS "objectId"';

export function objectText({ kind, objectId }: ObjectKey): string {
  return `${kind}/${objectId}`;
}
