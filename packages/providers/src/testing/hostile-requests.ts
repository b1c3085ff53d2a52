import fc from 'fast-check';

import type { ReceivedRequest } from '../contract/request.ts';

const oddTexts: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom('', ' ', '0', '-1', '1e400', '9007199254740993', 'null', '__proto__', '{}', 'é', 'x'.repeat(2_000)),
);

/** The request with headers and parameters of the query that are missing, odd, or new. */
export function oddRequests(request: ReceivedRequest): fc.Arbitrary<ReceivedRequest> {
  const names = [...request.headers.map(([name]) => name), 'x-other'];
  const [path = '', query = ''] = request.target.split('?');
  const [url = ''] = request.publicUrl.split('?');
  const parameters = [...new URLSearchParams(query).keys(), 'other'];
  const changesOf = (
    from: readonly string[],
  ): fc.Arbitrary<readonly (readonly [name: string, value: string | null])[]> =>
    fc.array(fc.tuple(fc.constantFrom(...from), fc.option<string, null>(oddTexts, { nil: null })), { maxLength: 3 });
  return fc.tuple(changesOf(names), changesOf(parameters)).map(([headerChanges, parameterChanges]) => {
    const changed = new Map(headerChanges);
    const headers = [...new Map([...request.headers, ...changed])].flatMap(([name, value]) =>
      value === null ? [] : [[name, value] as const],
    );
    const search = new URLSearchParams(query);
    for (const [name, value] of parameterChanges) {
      if (value === null) search.delete(name);
      else search.set(name, value);
    }
    // As it came where nothing is changed: another spelling of a query is another URL.
    const text = parameterChanges.length === 0 ? query : search.toString();
    const end = text === '' ? '' : `?${text}`;
    return { ...request, headers, target: path + end, publicUrl: url + end };
  });
}

/** Values in the text of a JSON document, an XML document or a form, whichever it is. */
function valueIn(text: string): RegExp {
  if (/^\s*[{[]/.test(text)) return /: ?("[^"]*"|-?\d+|true|false|null)/g;
  return text.startsWith('<') ? />([^<>]+)(?=<)/g : /=([^&]*)/g;
}

/** The provider's own kind of message with values replaced: gets past the first checks, where plain noise ends. */
export function mutationsOf(body: Uint8Array): fc.Arbitrary<Uint8Array> {
  const text = Buffer.from(body).toString('utf8');
  const values = [...text.matchAll(valueIn(text))];
  const odd = fc.oneof(
    fc.json({ maxDepth: 2 }),
    fc.constantFrom(
      '""',
      'null',
      '9007199254740991',
      '9007199254740993',
      '1e400',
      '-0',
      '1.5',
      '"\\ud800"',
      '[]',
      '{}',
    ),
    fc.constantFrom(`"${'x'.repeat(2_000)}"`, '253402300800', '{"__proto__":{"id":"evil"}}', '"é😀"'),
  );
  return fc
    .array(fc.tuple(fc.nat({ max: Math.max(values.length - 1, 0) }), odd), { minLength: 1, maxLength: 3 })
    .map((changes) => {
      let mutated = text;
      for (const [index, value] of [...changes].sort(([left], [right]) => right - left)) {
        const match = values[index];
        if (match?.[1] === undefined) continue;
        const start = match.index + match[0].length - match[1].length;
        mutated = mutated.slice(0, start) + value + mutated.slice(start + match[1].length);
      }
      return Buffer.from(mutated);
    });
}

/** Bodies that have met a careless reader before. */
export const hostileBodies: readonly (readonly [name: string, body: string])[] = [
  ['an empty body', ''],
  ['a byte order mark', '\ufeff{}'],
  ['nesting 10,000 deep', '['.repeat(10_000) + ']'.repeat(10_000)],
  ['a body that names a member twice', '{"id":"a","id":"b"}'],
  ['__proto__ as a member', '{"__proto__":{"id":"evt_evil","livemode":false},"constructor":1}'],
  ['a number beyond every double', '{"id":1e400}'],
  ['a lone surrogate', '{"id":"\\ud800"}'],
  ['text after the JSON', '{} {}'],
];
