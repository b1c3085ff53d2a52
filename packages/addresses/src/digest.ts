import { personalDigest } from '@trunkline/events';

/** Stands in for a normalised address where one may not be kept or seen: 32 bytes, others in each tenant and installation. */
export type Digest = (tenantId: string, address: string) => Buffer;

/**
 * docs/records.md, "Entities and keys": the digest `k1` of one address. It has no place for the kind of address because none is needed: a
 * number begins with "+", and a mail address has an "@". Without the installation's key it could be undone: there are
 * few enough telephone numbers to try them all.
 */
export function createDigest(installationKey: Uint8Array): Digest {
  return (tenantId, address) => Buffer.from(personalDigest({ installationKey, tenantId, values: [address] }), 'hex');
}
