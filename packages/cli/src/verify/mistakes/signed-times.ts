import type { ReceivedRequest } from '@trunkline/providers';

/** A request names a handful of times; more is an attack on patience. */
const mostTimes = 24;

/** Where a body carries its time (Mailgun), it stands early. */
const bodyCharacters = 8 * 1024;

/** Numbers of a request that read as seconds (10 digits) or milliseconds (13) since 1970, as written. */
export function writtenTimes(request: ReceivedRequest): readonly string[] {
  const found = textsOf(request).flatMap((text) => text.match(/(?<!\d)(?:1\d{9}|1\d{12})(?!\d)/g) ?? []);
  return [...new Set(found)].slice(0, mostTimes);
}

/** The instants at which a request may have been signed. */
export function signedTimes(request: ReceivedRequest): readonly number[] {
  const numbers = writtenTimes(request).map((text) => (text.length === 10 ? Number(text) * 1000 : Number(text)));
  const dates = textsOf(request)
    .flatMap((text) => text.match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)/g) ?? [])
    .flatMap((text) => (Number.isNaN(Date.parse(text)) ? [] : [Date.parse(text)]));
  return [...new Set([...numbers, ...dates])].slice(0, mostTimes);
}

/** The likeliest first: headers, then the claims of a token in them, then the body. */
function textsOf({ headers, body }: ReceivedRequest): readonly string[] {
  const values = headers.map(([, value]) => value.slice(0, bodyCharacters));
  const tokens = values.flatMap((value) => /^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/i.exec(value)?.[1] ?? []);
  return [
    ...values,
    ...tokens.map((claims) => Buffer.from(claims, 'base64url').toString('utf8')),
    Buffer.from(body.subarray(0, bodyCharacters)).toString('latin1'),
  ];
}
