import type { Digest } from './digest.ts';
import { email } from './email.ts';
import { phone } from './phone.ts';

/** An address of somebody in the form that is compared, and what stands for it where it may not be kept. */
export interface KnownAddress {
  readonly kind: 'phone' | 'email';
  readonly value: string;
  /** In hex. */
  readonly digest: string;
}

export interface AddressBookOptions {
  readonly digest: Digest;
  /** Where a tenant's national numbers are from. */
  readonly region: (tenantId: string) => string | undefined;
  /** A tenant's own numbers are everybody's who calls: they are no contact's. */
  readonly isOwnNumber: (tenantId: string, e164: string) => boolean;
}

/** Reads addresses as they are written. What is none (an extension without a number, a name) is left out. */
export interface AddressBook {
  email(tenantId: string, text: string | null): readonly KnownAddress[];
  phone(tenantId: string, text: string | null): readonly KnownAddress[];
  /** Of a field that may hold either. */
  either(tenantId: string, text: string | null): readonly KnownAddress[];
}

export function createAddressBook({ digest, region, isOwnNumber }: AddressBookOptions): AddressBook {
  const known = (tenantId: string, kind: KnownAddress['kind'], value: string | undefined): readonly KnownAddress[] =>
    value === undefined ? [] : [{ kind, value, digest: digest(tenantId, value).toString('hex') }];
  const book: AddressBook = {
    email: (tenantId, text) => (text === null ? [] : known(tenantId, 'email', email(text))),
    phone(tenantId, text) {
      const number = text === null ? undefined : phone(text, region(tenantId));
      return number === undefined || isOwnNumber(tenantId, number) ? [] : known(tenantId, 'phone', number);
    },
    either(tenantId, text) {
      const found = book.email(tenantId, text);
      return found.length > 0 ? found : book.phone(tenantId, text);
    },
  };
  return book;
}
