import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';

import type { DocumentPath, Problem } from './problem.ts';

/** A parsed document whose values can be found in the text again. */
export interface YamlDocument {
  readonly value: unknown;
  /** Where a value, or the key it belongs to, is written; for what is not there, what it would be part of. */
  locate(path: DocumentPath, at: 'key' | 'value'): { readonly line: number; readonly column: number };
}

export interface YamlReading {
  /** Undefined when the text is too broken to say anything about its content. */
  readonly document: YamlDocument | undefined;
  readonly problems: readonly Problem[];
}

/** Aliases can make a small file a gigantic value. A person repeats a few dozen settings at most. */
const maxAliasCount = 100;

/** Reads YAML 1.2. Never throws, and no problem quotes the text: a secret may have been pasted into it. */
export function readYaml(text: string): YamlReading {
  const lines = new LineCounter();
  const parsed = parse(text, lines);
  if (parsed === undefined) return unreadable('the brackets or the indentation are nested too deeply');
  const flaws = [...parsed.errors, ...parsed.warnings];
  const aliases = aliasesOf(parsed);
  if (aliases.length > maxAliasCount) return tooManyAliases();
  const all = [...withoutEchoes(flaws), ...aliases.flatMap((alias) => aliasFlaws(parsed, alias))];
  const problems = all.map((flaw) => problemOf(flaw, lines));
  // A doubled key leaves the rest readable, so its other mistakes are found in the same pass.
  if (all.some((flaw) => flaw.code !== 'DUPLICATE_KEY')) return { document: undefined, problems };
  const converted = valueOf(parsed);
  if (!converted.ok) return tooManyAliases();
  return { document: { value: converted.value, locate: locator(parsed, lines) }, problems };
}

interface Flaw {
  readonly code: YAMLError['code'];
  readonly pos: readonly [number, number];
}

/** One complaint per place, and of a text that is nested too deeply only that: every bracket brings another. */
function withoutEchoes(flaws: readonly Flaw[]): readonly Flaw[] {
  const tooDeep = flaws.find((flaw) => flaw.code === 'RESOURCE_EXHAUSTION');
  if (tooDeep !== undefined) return [tooDeep];
  const places = new Set<number>();
  return flaws.filter(({ pos: [at] }) => !places.has(at) && places.add(at));
}

interface FoundAlias {
  readonly alias: Alias;
  readonly ancestors: readonly unknown[];
}

function aliasesOf(document: Document.Parsed): readonly FoundAlias[] {
  const found: FoundAlias[] = [];
  visit(document, {
    Alias: (_key, alias, ancestors) => {
      found.push({ alias, ancestors });
      return found.length > maxAliasCount ? visit.BREAK : undefined;
    },
  });
  return found;
}

/** Whether it leads nowhere or into itself, which the parser leaves to whoever follows it. */
function aliasFlaws(document: Document.Parsed, { alias, ancestors }: FoundAlias): readonly Flaw[] {
  const target = alias.resolve(document);
  if (target !== undefined && !ancestors.includes(target)) return [];
  const at = alias.range?.[0] ?? 0;
  return [{ code: 'BAD_ALIAS', pos: [at, at] }];
}

function parse(text: string, lines: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, version: '1.2' });
  } catch {
    // All that the parser is known to throw over a text is a stack overflow; it collects its complaints otherwise.
    return undefined;
  }
}

function valueOf(document: Document.Parsed): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount }) };
  } catch {
    // Only too many aliases make it throw: those that lead nowhere were found before.
    return { ok: false };
  }
}

function tooManyAliases(): YamlReading {
  return unreadable('its aliases (*name) would make it too large');
}

function unreadable(message: string): YamlReading {
  const fix = 'write it out plainly, as in the sample trunkline.yaml';
  return { document: undefined, problems: [{ line: 1, column: 1, path: '', message, fix }] };
}

function problemOf(flaw: Flaw, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(flaw.pos[0]);
  return { line: Math.max(line, 1), column: Math.max(col, 1), path: '', ...flawTexts[flaw.code] };
}

interface FlawText {
  readonly message: string;
  readonly fix: string;
}

const indentation: FlawText = {
  message: 'the indentation does not fit',
  fix: 'indent with spaces, two a level, entries of one mapping or list alike',
};
const punctuation: FlawText = {
  message: 'this cannot stand here',
  fix: 'look for a missing ":", "-" or closing bracket before it, or put the text in quotes',
};
const plainly: FlawText = {
  message: 'anchors and tags are not placed like this',
  fix: 'write the value out plainly, as in the sample trunkline.yaml',
};
const keys: FlawText = {
  message: 'a key must be a short text on one line',
  fix: 'write it as key: value; a text with ": " or "#" goes in quotes',
};

/** In our own words, because those of the parser quote the text. */
const flawTexts: Readonly<Record<YAMLError['code'], FlawText>> = {
  ALIAS_PROPS: plainly,
  BAD_ALIAS: {
    message: 'an alias (*name) must follow its anchor (&name)',
    fix: 'put a text that begins with * or & in quotes',
  },
  BAD_DIRECTIVE: { message: 'this is no YAML directive', fix: 'remove the line that begins with %' },
  BAD_DQ_ESCAPE: {
    message: 'this escape does not exist',
    fix: "write the backslash twice, or use single quotes ('…')",
  },
  BAD_INDENT: indentation,
  BAD_PROP_ORDER: plainly,
  BAD_SCALAR_START: { message: 'a text cannot begin with this character', fix: 'put the text in quotes' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'two settings are on one line',
    fix: 'give each its own line, or put a text with ": " in quotes',
  },
  BLOCK_IN_FLOW: {
    message: 'a list or mapping of several lines cannot stand between brackets',
    fix: 'remove the brackets, or write all of it between them',
  },
  DUPLICATE_KEY: { message: 'this setting occurs twice in the same place', fix: 'keep one of the two' },
  IMPOSSIBLE: punctuation,
  KEY_OVER_1024_CHARS: keys,
  MISSING_CHAR: {
    message: 'a character is missing here',
    fix: 'look for a quote, bracket, comma or ":" that is left out',
  },
  MULTILINE_IMPLICIT_KEY: keys,
  MULTIPLE_ANCHORS: plainly,
  MULTIPLE_DOCS: { message: 'a second document begins here', fix: 'remove the line ---; one file is one document' },
  MULTIPLE_TAGS: plainly,
  NON_STRING_KEY: keys,
  RESOURCE_EXHAUSTION: { message: 'it is nested too deeply', fix: plainly.fix },
  TAB_AS_INDENT: { message: 'a tab is used to indent', fix: 'indent with spaces' },
  TAG_RESOLVE_FAILED: { message: 'tags (!name) have no meaning here', fix: 'put a text that begins with ! in quotes' },
  UNEXPECTED_TOKEN: punctuation,
  BAD_COLLECTION_TYPE: plainly,
};

function locator(document: Document.Parsed, lines: LineCounter): YamlDocument['locate'] {
  return (path, at) => {
    let offset = document.contents?.range[0] ?? 0;
    let node: unknown = document.contents;
    for (const [depth, segment] of path.entries()) {
      const next = memberOf(isAlias(node) ? node.resolve(document) : node, segment);
      if (next === undefined) break;
      const key = depth === path.length - 1 && at === 'key' ? next.key : undefined;
      offset = key ?? next.value ?? next.key ?? offset;
      node = next.node;
    }
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
}

interface Member {
  readonly key: number | undefined;
  readonly value: number | undefined;
  readonly node: unknown;
}

function memberOf(node: unknown, segment: string | number): Member | undefined {
  if (isSeq<ParsedNode>(node) && typeof segment === 'number') {
    const item = node.items[segment];
    return item === undefined ? undefined : { key: undefined, value: item.range[0], node: item };
  }
  if (!isMap<ParsedNode, ParsedNode | null>(node)) return undefined;
  const pair: Pair<ParsedNode, ParsedNode | null> | undefined = node.items.find(
    ({ key }) => isScalar(key) && String(key.value) === String(segment),
  );
  if (pair === undefined) return undefined;
  return { key: pair.key.range[0], value: pair.value?.range[0], node: pair.value };
}
