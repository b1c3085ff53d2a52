export { type AddressBook, type AddressBookOptions, createAddressBook, type KnownAddress } from './address-book.ts';
export { createDigest, type Digest } from './digest.ts';
export { email } from './email.ts';
export { phone } from './phone.ts';
export { isRegion } from './region.ts';
