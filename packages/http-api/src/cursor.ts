import { createHash } from 'node:crypto';

import type { z } from 'zod';

import { Problem } from './problems.ts';

/**
 * Where a list goes on: the place of its last entry, and which list it is of. It is opaque and not signed: whoever writes one
 * gets another place of a list that is theirs, and sees no more than they may anyway.
 */
export function writeCursor(place: readonly string[], list: object): string {
  return Buffer.from(JSON.stringify([digestOf(list), ...place])).toString('base64url');
}

/** The place of a cursor. Throws `cursor_invalid` for one of another list, of other filters, and for what is no cursor. */
export function readCursor<Place>(cursor: string, list: object, place: z.ZodType<Place>): Place {
  const [digest, ...rest] = partsOf(cursor);
  const read = place.safeParse(rest);
  if (digest === digestOf(list) && read.success) return read.data;
  throw new Problem('cursor_invalid', 'give `next` of an answer back as it is, with the same filters');
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

/** Short: it tells lists apart, and protects nothing. */
function digestOf(list: object): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 8);
}
