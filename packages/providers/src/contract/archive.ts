/** A header as it is kept: null where the value is withheld. The name in lower case. */
export interface ArchivedHeader {
  readonly name: string;
  readonly value: string | null;
}

/**
 * Headers whose values are known to be harmless and worth keeping. Everything else (signatures, tokens, cookies,
 * addresses of people's machines, what some proxy adds next year) is archived by name only.
 */
const harmlessHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'host',
  'transfer-encoding',
  'user-agent',
]);

/** Whether the value of a header is archived at every source. */
export function isValueArchived(name: string): boolean {
  return harmlessHeaders.has(name.toLowerCase());
}

/** Never kept, whatever a source's options say. */
const credentialHeader = /authorization|cookie|signature|token|secret|password|api-?key/;

/** Named like one, and none: Twilio's is the id of an attempt's event, and what tells it from the next. */
const idHeaders: ReadonlySet<string> = new Set(['i-twilio-idempotency-token']);

/** Longest value kept: a hostile header must not make an archive record larger than its body. */
const maxArchivedValueLength = 1_024;

/** The headers as the archive, rejection records and `integration.event.v1` carry them. */
export function archivedHeaders(
  headers: readonly (readonly [name: string, value: string])[],
  alsoKeep: readonly string[] = [],
): readonly ArchivedHeader[] {
  const kept = new Set(alsoKeep.map((name) => name.toLowerCase()));
  return headers.map(([given, value]) => {
    const name = given.toLowerCase();
    const harmless =
      harmlessHeaders.has(name) || (kept.has(name) && (idHeaders.has(name) || !credentialHeader.test(name)));
    const keep = harmless && value.length <= maxArchivedValueLength;
    return { name, value: keep ? value : null };
  });
}

/** Parameter names that say that their value is a credential. */
const secretParameter = /auth|token|secret|sig|key|pass|hash|hmac/i;

/** The query without its question mark, the values of what looks like a credential withheld; null without a query. */
export function archivedQuery(target: string): string | null {
  const at = target.indexOf('?');
  if (at === -1 || at === target.length - 1) return null;
  const parameters = target.slice(at + 1).split('&');
  return parameters.map((parameter) => withoutSecret(parameter)).join('&');
}

function withoutSecret(parameter: string): string {
  const at = parameter.indexOf('=');
  if (at === -1) return parameter;
  return secretParameter.test(parameter.slice(0, at)) ? `${parameter.slice(0, at)}=[withheld]` : parameter;
}
