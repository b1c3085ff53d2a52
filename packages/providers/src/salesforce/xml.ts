/**
 * A strict reader for the XML that SOAP uses: elements, attributes, text, CDATA and comments, in UTF-8. What SOAP forbids
 * (document types, so entities of one's own, and processing instructions) is refused, and so is whatever is not well
 * formed. It never throws, and its work and memory are bounded by the limits below; the body has its own.
 */
export interface XmlElement {
  /** Without its prefix: prefixes are the sender's choice. */
  readonly name: string;
  /** By name without prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly inside, CDATA included. */
  readonly text: string;
  /** Where it stands in the source text: from its `<` to behind its last `>`. */
  readonly start: number;
  readonly end: number;
}

export type XmlDocument =
  | { readonly readable: true; readonly root: XmlElement; readonly source: string }
  | { readonly readable: false; readonly reason: string };

/** A notification is five deep. */
export const maxXmlDepth = 32;
/** 100 notifications of 400 fields are 40,000. */
export const maxXmlElements = 50_000;
export const maxXmlAttributes = 32;

// fatal: a replaced byte would change an id. A byte order mark is allowed before XML and no part of it.
const utf8 = new TextDecoder('utf-8', { fatal: true });

export function readXml(body: Uint8Array): XmlDocument {
  let source: string;
  try {
    source = utf8.decode(body);
  } catch {
    return { readable: false, reason: 'the body is not UTF-8' };
  }
  if (forbidden.test(source)) return { readable: false, reason: 'the body has a character that XML does not allow' };
  const root = new Reader(source).document();
  if (typeof root === 'string') return { readable: false, reason: `the body ${root}` };
  return { readable: true, root, source };
}

/** Controls, beside tab and line ends. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** The one child of that name; undefined when there is none or more. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  const found = element?.children.filter((child) => child.name === name) ?? [];
  return found.length === 1 ? found[0] : undefined;
}

interface OpenElement {
  readonly qualifiedName: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  readonly texts: string[];
  readonly start: number;
}

/** Why a text is not read. */
class Refusal {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

const name = '[A-Za-z_][A-Za-z0-9_.-]{0,127}(?::[A-Za-z_][A-Za-z0-9_.-]{0,127})?';
const declaration =
  /^<\?xml[ \t\r\n]+version=(?:"1\.0"|'1\.0')(?:[ \t\r\n]+encoding=(?:"([^"<>]{1,40})"|'([^'<>]{1,40})'))?(?:[ \t\r\n]+standalone=(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/;
const openTag = new RegExp(`<(${name})`, 'y');
const closeTag = new RegExp(`</(${name})[ \\t\\r\\n]*>`, 'y');
const attribute = new RegExp(`[ \\t\\r\\n]+(${name})[ \\t\\r\\n]*=[ \\t\\r\\n]*(?:"([^"<]*)"|'([^'<]*)')`, 'y');
const tagEnd = /[ \t\r\n]*(\/?)>/y;

class Reader {
  readonly #source: string;
  readonly #open: OpenElement[] = [];
  #at = 0;
  #elements = 0;
  #root: XmlElement | undefined;

  constructor(source: string) {
    this.#source = source;
  }

  /** The root, or why there is none. */
  document(): XmlElement | string {
    const encoding = this.#declaration();
    if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) return 'says that it is not UTF-8';
    while (this.#at < this.#source.length) {
      const refusal = this.#next();
      if (refusal !== undefined) return refusal.why;
    }
    return this.#root === undefined || this.#open.length > 0 ? 'ends too early' : this.#root;
  }

  #declaration(): string | undefined {
    const match = declaration.exec(this.#source);
    if (match === null) return undefined;
    this.#at = match[0].length;
    return match[1] ?? match[2];
  }

  #next(): Refusal | undefined {
    const source = this.#source;
    if (source.charCodeAt(this.#at) !== 0x3c) return this.#text(); // <
    if (source.startsWith('<!--', this.#at)) return this.#section('<!--', '-->', () => undefined);
    if (source.startsWith('<![CDATA[', this.#at)) {
      const parent = this.#open.at(-1);
      if (parent === undefined) return new Refusal('has text outside of its element');
      return this.#section('<![CDATA[', ']]>', (text) => parent.texts.push(withLineFeeds(text)));
    }
    if (source.startsWith('<!', this.#at)) return new Refusal('has a document type, which is not read');
    if (source.startsWith('<?', this.#at)) return new Refusal('has a processing instruction, which is not read');
    return source.startsWith('</', this.#at) ? this.#close() : this.#openElement();
  }

  #section(begin: string, end: string, take: (text: string) => unknown): Refusal | undefined {
    const from = this.#at + begin.length;
    const to = this.#source.indexOf(end, from);
    if (to === -1) return new Refusal('ends too early');
    take(this.#source.slice(from, to));
    this.#at = to + end.length;
    return undefined;
  }

  #text(): Refusal | undefined {
    const next = this.#source.indexOf('<', this.#at);
    const end = next === -1 ? this.#source.length : next;
    const raw = this.#source.slice(this.#at, end);
    this.#at = end;
    const parent = this.#open.at(-1);
    if (parent === undefined)
      return /^[ \t\r\n]*$/.test(raw) ? undefined : new Refusal('has text outside of its element');
    const text = unescaped(withLineFeeds(raw));
    if (text === undefined) return new Refusal('has an entity that XML does not know');
    parent.texts.push(text);
    return undefined;
  }

  #openElement(): Refusal | undefined {
    const start = this.#at;
    const qualifiedName = this.#take(openTag)?.[1];
    if (qualifiedName === undefined) return new Refusal(`is not XML at character ${start}`);
    if (this.#open.length >= maxXmlDepth) return new Refusal(`nests deeper than ${maxXmlDepth}`);
    this.#elements += 1;
    if (this.#elements > maxXmlElements) return new Refusal(`has more than ${maxXmlElements} elements`);
    if (this.#root !== undefined) return new Refusal('has more than one element');
    const attributes = this.#attributes();
    if (attributes instanceof Refusal) return attributes;
    const end = this.#take(tagEnd);
    if (end === undefined) return new Refusal(`is not XML at character ${this.#at}`);
    this.#open.push({ qualifiedName, attributes, children: [], texts: [], start });
    return end[1] === '/' ? this.#finish() : undefined;
  }

  #attributes(): ReadonlyMap<string, string> | Refusal {
    const attributes = new Map<string, string>();
    const names = new Set<string>();
    for (let match = this.#take(attribute); match !== undefined; match = this.#take(attribute)) {
      const [, qualifiedName = '', doubleQuoted, singleQuoted = ''] = match;
      const value = unescaped((doubleQuoted ?? singleQuoted).replace(/[\t\r\n]/g, ' '));
      if (value === undefined) return new Refusal('has an entity that XML does not know');
      if (names.has(qualifiedName) || names.size >= maxXmlAttributes) {
        return new Refusal('has an attribute twice, or too many');
      }
      names.add(qualifiedName);
      // A declaration of a namespace says nothing about the element.
      if (!/^xmlns(?::|$)/.test(qualifiedName)) attributes.set(localName(qualifiedName), value);
    }
    return attributes;
  }

  #close(): Refusal | undefined {
    const qualifiedName = this.#take(closeTag)?.[1];
    if (qualifiedName === undefined || this.#open.at(-1)?.qualifiedName !== qualifiedName) {
      return new Refusal(`is not XML at character ${this.#at}`);
    }
    return this.#finish();
  }

  #finish(): undefined {
    const open = this.#open.pop();
    if (open === undefined) return undefined;
    const { qualifiedName, attributes, children, texts, start } = open;
    const element = {
      name: localName(qualifiedName),
      attributes,
      children,
      text: texts.join(''),
      start,
      end: this.#at,
    };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
    return undefined;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }
}

function localName(qualifiedName: string): string {
  return qualifiedName.slice(qualifiedName.indexOf(':') + 1);
}

function withLineFeeds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

const entities: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The text with its references resolved; undefined when it has one that XML itself does not know. */
function unescaped(text: string): string | undefined {
  if (!text.includes('&')) return text;
  let isKnown = true;
  const result = text.replace(/&(#x[0-9A-Fa-f]{1,6}|#[0-9]{1,7}|[a-z]{1,8})?(;?)/g, (_all, reference, semicolon) => {
    const character = semicolon === ';' ? characterOf(String(reference ?? '')) : undefined;
    isKnown &&= character !== undefined;
    return character ?? '';
  });
  return isKnown ? result : undefined;
}

function characterOf(reference: string): string | undefined {
  if (!reference.startsWith('#')) return entities.get(reference);
  const code = reference.startsWith('#x')
    ? Number.parseInt(reference.slice(2), 16)
    : Number.parseInt(reference.slice(1), 10);
  // The characters of XML 1.0: no controls but tab and line ends, no surrogates.
  const isCharacter =
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x1_0000 && code <= 0x10_ffff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}
