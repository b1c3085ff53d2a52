import { maxHeaderBytes } from '../contract/request.ts';

/**
 * Why a value can be no secret of some form, reading on after its name ("env:X is not …"); undefined for one that can.
 * Never part of the value.
 */
export type SecretForm = (value: string) => string | undefined;

/** A secret that its provider makes, so that it always looks alike. */
export function secretLike(pattern: RegExp, words: string): SecretForm {
  return (value) => (pattern.test(value) ? undefined : `is not ${words}`);
}

/** The key of an HMAC that people choose themselves: any text, but a key that belongs to a signature of another kind. */
export const hmacKeyForm: SecretForm = (value) =>
  /^(?:-----BEGIN |whpk_)/.test(value) ? 'is a public key or a certificate, and no shared secret' : undefined;

/** What is sent in a header or a query as it is. */
export const tokenForm: SecretForm = (value) => {
  if (value.length > maxHeaderBytes) return `is longer than the ${maxHeaderBytes} characters that are compared`;
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)
    ? undefined
    : 'has characters that no request can carry: only printable ASCII can be sent';
};

/** The secret of basic authentication. */
export const basicForm: SecretForm = (value) => {
  if (value.length > maxHeaderBytes) return tokenForm(value);
  return value.includes(':') ? undefined : 'has no ":", and basic authentication wants user:password';
};

/** At most so many characters: the provider takes no longer one. */
export function atMost(characters: number, form: SecretForm): SecretForm {
  return (value) =>
    value.length > characters ? `is longer than the ${characters} characters that the provider takes` : form(value);
}
