import { type CountryCode, getCountries } from 'libphonenumber-js/min';

/** Where a national number can be from: two-letter codes of ISO 3166-1, and a few such as XK and AC. */
export const regions: readonly string[] = getCountries();

export function isRegion(text: string): text is CountryCode {
  return regions.includes(text);
}
