import { domainToASCII } from 'node:url';

/** RFC 5321, 4.5.3.1 and its erratum 1690. */
const maxLocalBytes = 64;
const maxAddressBytes = 254;

/** Of RFC 5322's `atext` and, as RFC 6531 adds, everything beyond ASCII; dots where a mailbox may have them. */
const localPart = /^[^\s"(),:;<>@[\\\]]+$/;
const domainText = /^[^\s\p{Cc}"#%&(),/:;<>?@[\\\]_]+$/u;
/** Labels of a name in the DNS; the last one is never a number, else it is an address of a machine. */
const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A mail address in the one form that is compared: trimmed, in lower case, its domain as in the DNS; undefined where the
 * text is none. Nothing is dropped that some hosts ignore (dots, `+tag`): at another host they are two people.
 */
export function email(text: string): string | undefined {
  const written = text.trim();
  // Before anything is done with a text that may be a megabyte.
  if (written.length > maxAddressBytes) return undefined;
  const at = written.lastIndexOf('@');
  const local = written.slice(0, Math.max(at, 0)).normalize('NFC').toLowerCase();
  if (!localPart.test(local) || !local.isWellFormed() || Buffer.byteLength(local) > maxLocalBytes) return undefined;
  const given = written.slice(at + 1);
  // What follows would read more than a name into it: a port, a path, an escaped character.
  if (!domainText.test(given)) return undefined;
  const domain = domainToASCII(given);
  const address = `${local}@${domain}`;
  return domainName.test(domain) && Buffer.byteLength(address) <= maxAddressBytes ? address : undefined;
}
