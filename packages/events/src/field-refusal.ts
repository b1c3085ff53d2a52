import { TrunklineError } from '@trunkline/core';
import type { Type } from 'avsc';

import { greatestLong, smallestLong } from './avro-types.ts';
import type { Topic } from './catalogue.ts';

/** Why a record does not fit its schema: the first field that does not, and what was expected. Never the value. */
export function fieldRefusal(topic: Topic, type: Type, record: unknown): TrunklineError {
  let found: string | undefined;
  type.isValid(record, {
    errorHook: (path: readonly string[], value: unknown, expected: Type) => {
      found ??= `the field ${path.join('.') || '(the record itself)'} ${mismatch(value, expected)}`;
    },
  });
  return new TrunklineError(
    'payload_malformed',
    `a record of ${topic} does not fit its schema: ${found ?? 'no single field is at fault'}`,
  );
}

function mismatch(value: unknown, expected: Type): string {
  const name = expected.typeName === 'union:unwrapped' ? String(expected) : (expected.name ?? expected.typeName);
  if (typeof value === 'number' && expected.typeName === 'long') {
    return `must be a whole number from ${smallestLong} to ${greatestLong} (a longer one belongs in a string)`;
  }
  return `must be ${name} and is ${value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value}`;
}
