import { isIP } from 'node:net';

/**
 * The IPv4 address that an IPv6 address stands for, because a router or a gateway sends the packets there: mapped
 * (RFC 4291 §2.5.5.2), NAT64 (RFC 6052, the well-known prefix) and 6to4 (RFC 3056). Undefined for every other address.
 */
export function innerV4(address: string): string | undefined {
  const groups = groupsOf(address);
  if (groups === undefined) return undefined;
  const startsWith = (...prefix: readonly number[]): boolean => prefix.every((group, at) => groups[at] === group);
  if (startsWith(0, 0, 0, 0, 0, 0xff_ff)) return v4Of(groups[6], groups[7]);
  if (startsWith(0x64, 0xff_9b, 0, 0, 0, 0)) return v4Of(groups[6], groups[7]);
  if (startsWith(0x20_02)) return v4Of(groups[1], groups[2]);
  return undefined;
}

/** The eight groups of an IPv6 address without a zone; undefined for anything else. */
function groupsOf(address: string): readonly number[] | undefined {
  if (isIP(address) !== 6 || address.includes('%')) return undefined;
  // The URL parser writes a dotted tail as groups and everything in lower case.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const before = numbersOf(head);
  if (tail === undefined) return before;
  const after = numbersOf(tail);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function numbersOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function v4Of(high = 0, low = 0): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}
