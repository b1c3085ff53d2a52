import { type AddressBook, createAddressBook, type Digest } from '@trunkline/addresses';
import type { Directory } from '@trunkline/sources/directory';

/** Reads addresses with the region and the numbers that each tenant has in the directory at that moment. */
export function addressBookOf(directory: Pick<Directory, 'region' | 'phoneOfNumber'>, digest: Digest): AddressBook {
  return createAddressBook({
    digest,
    region: (tenantId) => directory.region(tenantId),
    isOwnNumber: (tenantId, e164) => directory.phoneOfNumber(tenantId, e164) !== undefined,
  });
}
