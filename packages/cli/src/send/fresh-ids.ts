import { randomBytes, randomInt, randomUUID } from 'node:crypto';

import type { ReceivedRequest } from '@trunkline/providers';
import { withIds } from '@trunkline/providers/fixtures';

/** What is an id in a fixture: what its file names, and what the normaliser reads as ids of the message and its entities. */
export interface FixtureIds {
  readonly namedIds: readonly string[];
  readonly messageIds: readonly string[];
  readonly entityIds: readonly string[];
}

/** Shorter texts would be found in places that are not the id. */
const shortestId = 4;

/**
 * The request with other ids, so that it is a new event about a new entity (or about the one that is named). It works
 * for any provider, because the ids come from its own normaliser.
 */
export function withFreshIds(request: ReceivedRequest, ids: FixtureIds, entityId: string | undefined): ReceivedRequest {
  const anywhere = new Map(ids.namedIds.map((id) => [id, freshLike(id)]));
  const whole = new Map<string, string>();
  for (const id of ids.entityIds) if (id.length >= shortestId) whole.set(id, entityId ?? freshLike(id));
  for (const id of ids.messageIds) if (id.length >= shortestId && !whole.has(id)) whole.set(id, freshLike(id));
  return withIds(request, { anywhere, whole });
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
