import type { ReceivedRequest } from './request.ts';

/** The new ids by the old ones. */
export interface IdReplacements {
  /** Long enough and strange enough to be nothing else: replaced inside of longer values as well, a URI for instance. */
  readonly anywhere?: ReadonlyMap<string, string>;
  /**
   * May stand in a text that only mentions them: replaced where they are a whole JSON string or number, a whole value of
   * a form or query, a whole header or the whole text of an XML element.
   */
  readonly whole?: ReadonlyMap<string, string>;
}

/** An unsigned request with other ids. Everything else keeps its bytes. */
export function withIds(request: ReceivedRequest, { anywhere, whole }: IdReplacements): ReceivedRequest {
  const replaced = (text: string): string => {
    let changed = text;
    for (const [from, to] of anywhere ?? []) changed = changed.replaceAll(latin1(from), () => latin1(to));
    return changed;
  };
  const parameters = (text: string): string => {
    let changed = replaced(text);
    for (const [from, to] of whole ?? []) changed = replaceParameter(changed, from, to);
    return changed;
  };
  // As latin1 text every byte is one character, so what is not replaced stays as it was.
  let body = replaced(Buffer.from(request.body).toString('latin1'));
  for (const [from, to] of whole ?? []) body = replaceWhole(body, latin1(from), latin1(to));
  return {
    ...request,
    target: parameters(request.target),
    publicUrl: parameters(request.publicUrl),
    headers: request.headers.map(([name, value]) => [name, whole?.get(value) ?? replaced(value)] as const),
    body: Buffer.from(body, 'latin1'),
  };
}

function replaceWhole(body: string, from: string, to: string): string {
  const asText = body.replaceAll(`"${from}"`, () => `"${to}"`).replaceAll(`>${from}<`, () => `>${to}<`);
  const asNumber =
    /^\d+$/.test(from) && /^\d+$/.test(to)
      ? asText.replaceAll(new RegExp(`(?<=[:[,]\\s*)${from}(?=\\s*[,}\\]])`, 'g'), () => to)
      : asText;
  return replaceParameter(asNumber, from, to);
}

function replaceParameter(text: string, from: string, to: string): string {
  const escaped = from.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replaceAll(new RegExp(`(?<==)${escaped}(?=&|$)`, 'g'), () => to);
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
