import { randomBytes, randomInt, randomUUID } from 'node:crypto';

import type { ReceivedRequest } from '@trunkline/providers';

/** What the normaliser read as ids in a fixture: the ids of the message, and those of the entities it is about. */
export interface FixtureIds {
  readonly messageIds: readonly string[];
  readonly entityIds: readonly string[];
}

/** Shorter texts would be found in places that are not the id. */
const shortestId = 4;

/**
 * The request with other ids, so that it is a new event about a new entity (or about the one that is named). It works
 * for any provider, because the ids come from its own normaliser: wherever one stands as a whole JSON string or
 * number, a whole form value or a whole header, it is replaced; everything else keeps its bytes.
 */
export function withFreshIds(request: ReceivedRequest, ids: FixtureIds, entityId: string | undefined): ReceivedRequest {
  const replacements = new Map<string, string>();
  for (const id of ids.entityIds) if (id.length >= shortestId) replacements.set(id, entityId ?? freshLike(id));
  for (const id of ids.messageIds)
    if (id.length >= shortestId && !replacements.has(id)) replacements.set(id, freshLike(id));
  let body = Buffer.from(request.body).toString('latin1');
  for (const [from, to] of replacements) body = replaceWhole(body, latin1(from), latin1(to));
  return {
    ...request,
    headers: request.headers.map(([name, value]) => [name, replacements.get(value) ?? value]),
    body: Buffer.from(body, 'latin1'),
  };
}

/** A random id of the same form: a UUID for a UUID, digits for digits, else the prefix up to the last `_` kept. */
export function freshLike(id: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return randomUUID();
  if (/^\d+$/.test(id))
    return `${randomInt(1, 10)}${Array.from({ length: id.length - 1 }, () => randomInt(10)).join('')}`;
  const prefix = id.slice(0, id.lastIndexOf('_') + 1);
  if (/^[0-9a-f]+$/.test(id.slice(prefix.length)) && id.length - prefix.length >= 16) {
    return (
      prefix +
      randomBytes(id.length)
        .toString('hex')
        .slice(0, id.length - prefix.length)
    );
  }
  // 16 letters of 62 are 95 bits: no two sendings meet by chance.
  return (
    prefix +
    Array.from({ length: Math.max(16, id.length - prefix.length) }, () => letters[randomInt(letters.length)]).join('')
  );
}

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Whole values only. The body is handled as latin1 text, so every byte that is not replaced stays as it was. */
function replaceWhole(body: string, from: string, to: string): string {
  const escaped = from.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const asString = body.replaceAll(`"${from}"`, () => `"${to}"`);
  const asNumber =
    /^\d+$/.test(from) && /^\d+$/.test(to)
      ? asString.replaceAll(new RegExp(`(?<=[:[,]\\s*)${escaped}(?=\\s*[,}\\]])`, 'g'), () => to)
      : asString;
  return asNumber.replaceAll(new RegExp(`(?<==)${escaped}(?=&|$)`, 'g'), () => to);
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
