import { type ReceivedRequest, singleHeader } from '../contract/request.ts';

/**
 * What a generic HMAC is made over: literal text and the placeholders `{body}`, `{timestamp}` and `{header:Name}`.
 *
 * Joined parts can be read in two ways: with `{header:X-Id}{body}` an attacker may move the first bytes of the body to
 * the end of the header without changing what is signed. So a header's value is limited to word characters, and what
 * stands beside it in the template must not be one; then there is one reading only.
 */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'body' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'header'; readonly name: string };

export type ParsedTemplate =
  | { readonly ok: true; readonly parts: readonly TemplatePart[] }
  | { readonly ok: false; readonly flaw: string };

const headerName = /^[A-Za-z0-9-]{1,100}$/;
const headerWord = /^[A-Za-z0-9_-]{1,256}$/;

export function parseTemplate(template: string): ParsedTemplate {
  const parts: TemplatePart[] = [];
  for (const piece of template.split(/(\{[^{}]*\})/)) {
    if (piece === '') continue;
    const part = partOf(piece);
    if (part === undefined)
      return { ok: false, flaw: `"${piece}" is none of {body}, {timestamp}, {header:Name} and plain text` };
    parts.push(part);
  }
  const flaw = flawOf(parts);
  return flaw === undefined ? { ok: true, parts } : { ok: false, flaw };
}

/** The names of the headers that are signed, in lower case. */
export function signedHeaders(parts: readonly TemplatePart[]): readonly string[] {
  return parts.filter((part) => part.kind === 'header').map((part) => part.name.toLowerCase());
}

/** The same for a template as it is written; none for one with a flaw. */
export function signedHeadersIn(template: string): readonly string[] {
  const parsed = parseTemplate(template);
  return parsed.ok ? signedHeaders(parsed.parts) : [];
}

/** The parts to sign, or why this request has no such text. */
export function messageOf(
  parts: readonly TemplatePart[],
  request: ReceivedRequest,
  signed: { readonly timestamp: string; readonly body: Uint8Array },
): readonly (string | Uint8Array)[] | string {
  const message: (string | Uint8Array)[] = [];
  for (const part of parts) {
    switch (part.kind) {
      case 'text':
        message.push(part.text);
        break;
      case 'body':
        message.push(signed.body);
        break;
      case 'timestamp':
        message.push(signed.timestamp);
        break;
      case 'header': {
        const value = singleHeader(request, part.name);
        if (value === undefined) return `the signed header ${part.name} is absent or occurs more than once`;
        if (!headerWord.test(value))
          return `the signed header ${part.name} is not 1 to 256 letters, digits, "-" or "_"`;
        message.push(value);
        break;
      }
    }
  }
  return message;
}

function partOf(piece: string): TemplatePart | undefined {
  if (piece === '{body}') return { kind: 'body' };
  if (piece === '{timestamp}') return { kind: 'timestamp' };
  const name = /^\{header:(.*)\}$/.exec(piece)?.[1];
  if (name !== undefined) return headerName.test(name) ? { kind: 'header', name } : undefined;
  return /[{}]/.test(piece) ? undefined : { kind: 'text', text: piece };
}

function flawOf(parts: readonly TemplatePart[]): string | undefined {
  if (parts.filter((part) => part.kind === 'body').length !== 1) return 'it needs {body} exactly once';
  if (parts.filter((part) => part.kind === 'timestamp').length > 1) return 'it may have {timestamp} only once';
  for (const [index, part] of parts.entries()) {
    if (part.kind !== 'header') continue;
    const before = parts[index - 1];
    const after = parts[index + 1];
    if ((before !== undefined && !separates(before, -1)) || (after !== undefined && !separates(after, 0))) {
      return `{header:${part.name}} needs a separator on each side, such as "."`;
    }
  }
  return undefined;
}

function separates(part: TemplatePart, at: 0 | -1): boolean {
  return part.kind === 'text' && !headerWord.test(part.text.at(at) ?? '');
}
