/**
 * JSON whose numbers and texts are kept as they were written: parsing and printing would turn 1.0 into 1, and the
 * question is which other print of the same tokens was signed.
 */
export type JsonTree = string | readonly JsonTree[] | JsonMembers;

interface JsonMembers {
  readonly members: readonly (readonly [key: string, value: JsonTree])[];
}

export interface JsonPrint {
  /** Per level; empty prints on one line. */
  readonly indent: string;
  readonly colon: string;
  readonly comma: string;
  readonly sorted: boolean;
  /** Changes a text, quotes included. */
  readonly text: (token: string) => string;
}

/** Deeper JSON is no webhook, and this is recursive. */
const maxDepth = 100;

/** Undefined for what is not JSON, or too deep. */
export function parseTree(text: string): JsonTree | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  // Valid JSON, so the tokens are exactly these, and what is no structure or text is a number or a word.
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let at = 0;
  const read = (depth: number): JsonTree | undefined => {
    if (depth > maxDepth) return undefined;
    const token = tokens[at];
    at += 1;
    if (token === '[') return readList(depth);
    if (token === '{') return readMembers(depth);
    return token;
  };
  const readList = (depth: number): JsonTree | undefined => {
    const items: JsonTree[] = [];
    while (tokens[at] !== ']') {
      const item = read(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      if (tokens[at] === ',') at += 1;
    }
    at += 1;
    return items;
  };
  const readMembers = (depth: number): JsonTree | undefined => {
    const members: [string, JsonTree][] = [];
    while (tokens[at] !== '}') {
      const key = tokens[at] ?? '';
      at += 2; // The key and its colon.
      const value = read(depth + 1);
      if (value === undefined) return undefined;
      members.push([key, value]);
      if (tokens[at] === ',') at += 1;
    }
    at += 1;
    return { members };
  };
  return read(0);
}

export function printTree(tree: JsonTree, print: JsonPrint, level = 0): string {
  if (typeof tree === 'string') return tree.startsWith('"') ? print.text(tree) : tree;
  const [open, close] = 'members' in tree ? ['{', '}'] : ['[', ']'];
  const parts =
    'members' in tree ? memberTexts(tree, print, level) : tree.map((item) => printTree(item, print, level + 1));
  if (parts.length === 0) return `${open}${close}`;
  if (print.indent === '') return `${open}${parts.join(print.comma)}${close}`;
  const inner = `\n${print.indent.repeat(level + 1)}`;
  return `${open}${inner}${parts.join(`,${inner}`)}\n${print.indent.repeat(level)}${close}`;
}

function memberTexts({ members }: JsonMembers, print: JsonPrint, level: number): readonly string[] {
  const listed = print.sorted ? [...members].sort(([left], [right]) => (left < right ? -1 : 1)) : members;
  return listed.map(([key, value]) => `${print.text(key)}${print.colon}${printTree(value, print, level + 1)}`);
}
