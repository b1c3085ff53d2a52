import { phoneNumbers } from './library.ts';
import { isRegion } from './region.ts';

/**
 * A telephone number in E.164, however it was written, or undefined where the text is none: a short code, the name of
 * a client or a sender, what carriers write for a caller without a number. A number without its country is one of the
 * region, and none where no region is given. An extension is another telephone, so it stays: `+15005550006;ext=12`.
 *
 * It asks whether a number of this length can be, not whether it is given out: plans change faster than any release of
 * their descriptions. For that the smallest descriptions say the same as the largest.
 */
export function phone(text: string, region?: string): string | undefined {
  const known = region !== undefined && isRegion(region) ? { defaultCountry: region } : {};
  // Not a number somewhere in a text: the whole text is the number.
  const found = phoneNumbers().parsePhoneNumberFromString(withoutScheme(text.trim()), {
    ...known,
    extract: false,
  });
  if (found === undefined || !found.isPossible()) return undefined;
  return found.ext === undefined ? found.number : `${found.number};ext=${found.ext}`;
}

/** A SIP address is a number where it begins with one and its country (RFC 3261, 19.1.6): the host is only the way there. */
function withoutScheme(text: string): string {
  const [, number] = /^sips?:(\+[^@:;]{1,32}(?:;ext=[0-9]{1,7})?)[^@]*@/i.exec(text) ?? [];
  return number ?? text.replace(/^tel:/i, '');
}
