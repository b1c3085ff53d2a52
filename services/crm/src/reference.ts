import type { Digest } from '@trunkline/addresses';

/** What is named by its id in an account: its kind does not count, because who points at it does not say it. */
export interface Referred {
  readonly tenantId: string;
  readonly provider: string;
  readonly account: string;
  readonly id: string;
}

/** Stands for a contact, or the customer of a payment, where others point at it. In hex. */
export function contactReference(digest: Digest, { tenantId, provider, account, id }: Referred): string {
  return digest(tenantId, JSON.stringify(['contact', provider, account, id])).toString('hex');
}

/** Stands for a payment, and for what is about it. In hex. */
export function paymentReference(digest: Digest, { tenantId, provider, account, id }: Referred): string {
  return digest(tenantId, JSON.stringify(['payment', provider, account, id])).toString('hex');
}
