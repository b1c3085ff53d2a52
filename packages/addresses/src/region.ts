import type { CountryCode } from 'libphonenumber-js/min';

import { phoneNumbers } from './library.ts';

/** Whether a national number can be from there: two-letter codes of ISO 3166-1, and a few such as XK and AC. */
export function isRegion(text: string): text is CountryCode {
  return phoneNumbers().isSupportedCountry(text);
}
