/** Names that lead into one's own network, whatever they resolve to today: RFC 6761, 6762, 8375, 9476, and customs. */
const endings: readonly string[] = [
  '.localhost',
  '.local',
  '.internal',
  '.intranet',
  '.private',
  '.corp',
  '.home',
  '.lan',
  '.arpa',
  '.test',
  '.invalid',
  '.alt',
  '.onion',
];

/** A metadata server with a name of the public tree. */
const names: ReadonlySet<string> = new Set(['metadata.goog']);

/** Takes a name in lower case without the dot at the end. A name without a dot is one of the local network. */
export function isForbiddenName(name: string): boolean {
  return !name.includes('.') || names.has(name) || endings.some((ending) => name.endsWith(ending));
}
