import type { ExactJson } from '@trunkline/events';

/**
 * Mail addresses as records carry them: the address alone (`ann@example.com`), without the name, comment and brackets
 * that a header has around it (RFC 5322 §3.4). Letter case stays: what a mailbox makes of it is its own affair.
 */

/** A local part has at most 64 octets, a domain 255 (RFC 5321 §4.5.3.1). */
const maxAddressLength = 320;

/** Longer than any list of recipients; a text without end is none. */
const maxListLength = 65_536;

const quoted = String.raw`"(?:[^"\\]|\\.)*"`;
const addressForm = new RegExp(String.raw`^(?:[^\s@<>()",;:\\]+|${quoted})@[^\s@<>()",;:\\]+$`, 's');

/** One mailbox of a header. */
export interface Mailbox {
  readonly address: string;
  /** The name beside it; undefined where there is none. */
  readonly name: string | undefined;
}

/** `ann@example.com`, `<ann@example.com>`, `Ann <ann@example.com>` or `"Example, Ann" <ann@example.com>`. */
export function readMailbox(text: string): Mailbox | undefined {
  const [mailbox, ...others] = mailboxesOf(text) ?? [];
  return others.length === 0 ? mailbox : undefined;
}

/** For `SnapshotReader.state`: the address of one mailbox; an empty text says that there is none. */
export function readMailAddress(value: ExactJson): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  return value.trim() === '' ? null : readMailbox(value)?.address;
}

/** The name beside the address of one mailbox, null where there is none. */
export function readMailName(value: ExactJson): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.trim() === '') return null;
  const mailbox = readMailbox(value);
  return mailbox === undefined ? undefined : (mailbox.name ?? null);
}

/** The addresses of a header's text or of a list of such texts; an empty one has none. */
export function readMailAddresses(value: ExactJson): string[] | undefined {
  const texts: readonly ExactJson[] = Array.isArray(value) ? value : [value];
  const addresses: string[] = [];
  for (const text of texts) {
    if (typeof text !== 'string') return undefined;
    const mailboxes = mailboxesOf(text);
    if (mailboxes === undefined) return undefined;
    addresses.push(...mailboxes.map(({ address }) => address));
  }
  return addresses;
}

/**
 * Quoted text, a comment, an address in brackets, what separates mailboxes, anything else. What does not end takes the rest
 * of the text: looking for its end again from each later sign would cost the square of the length.
 */
const quotedOrOpen = String.raw`"(?:[^"\\]|\\.)*(?:"|\\?$)`;
const token = new RegExp(
  String.raw`${quotedOrOpen}|\((?:[^()\\]|\\.)*(?:\)|\\?$)|<(?:${quotedOrOpen}|[^<>"])*>|[,:;]|[^"(<,:;]+|[(<]`,
  'gs',
);

/** The mailboxes of a header's text; undefined where one of them cannot be read. */
function mailboxesOf(text: string): readonly Mailbox[] | undefined {
  if (text.length > maxListLength) return undefined;
  const mailboxes: (Mailbox | undefined)[] = [];
  let words = '';
  let bracketed: string | undefined;
  for (const part of [...(text.match(token) ?? []), ';']) {
    if (part === ':') {
      words = ''; // the name of a group: `team: a@example.com, b@example.com;`
    } else if (part === ',' && bracketed === undefined && !words.includes('@')) {
      if (words.trim() !== '') words += part; // `Example, Ann <ann@example.com>`, which its writer did not quote
    } else if (part === ',' || part === ';') {
      if (words.trim() !== '' || bracketed !== undefined) mailboxes.push(mailboxOf(words.trim(), bracketed));
      words = '';
      bracketed = undefined;
    } else if (part.startsWith('<') && part.length > 1) {
      if (bracketed !== undefined) return undefined;
      bracketed = part.slice(1, -1).trim();
    } else if (!(part.startsWith('(') && part.length > 1)) {
      words += part;
    }
  }
  return mailboxes.every((mailbox) => mailbox !== undefined) ? mailboxes : undefined;
}

function mailboxOf(words: string, bracketed: string | undefined): Mailbox | undefined {
  const address = bracketed ?? words;
  if (address.length > maxAddressLength || !addressForm.test(address)) return undefined;
  const name = bracketed === undefined ? '' : unquoted(words);
  return { address, name: name === '' ? undefined : name };
}

function unquoted(name: string): string {
  const [, inner] = /^"(.*)"$/s.exec(name) ?? [];
  return inner === undefined ? name : inner.replaceAll(/\\(.)/gs, '$1');
}
