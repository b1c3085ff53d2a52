import { type ExactDocument, type ExactJson, isExactObject } from '@trunkline/events';

import { maxItems } from '../contract/batch.ts';
import { type JsonDocument, member, readJsonDocument } from '../contract/json-body.ts';

/**
 * The messages of a body, in each of the forms Auth0 has: one event (event streams); logs as an array, as an array in
 * an object, or as a line each (log streams, by their content format).
 */
export function readItems(body: Uint8Array): JsonDocument {
  const whole = readJsonDocument(body);
  if (!whole.readable) return readLines(body) ?? whole;
  const logs = member(whole.document.value, 'logs');
  if (!Array.isArray(logs) || whole.document.hasDuplicateMembers(whole.document.value)) return whole;
  return { readable: true, document: { ...whole.document, value: logs } };
}

const newline = 0x0a;

/** Undefined where the lines are no JSON texts either. */
function readLines(body: Uint8Array): JsonDocument | undefined {
  if (!body.includes(newline)) return undefined;
  const documents = new Map<ExactJson, ExactDocument>();
  // One more than are read says that there are too many.
  for (let start = 0; start < body.length && documents.size <= maxItems;) {
    const end = body.indexOf(newline, start);
    const line = body.subarray(start, end === -1 ? body.length : end);
    start += line.length + 1;
    if (line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)) continue;
    const read = readJsonDocument(line);
    // Each is an object, so no two are one key of the map.
    if (!read.readable || !isExactObject(read.document.value)) return undefined;
    documents.set(read.document.value, read.document);
  }
  return {
    readable: true,
    document: {
      value: [...documents.keys()],
      hasDuplicateMembers: (part) => documents.get(part)?.hasDuplicateMembers(part) ?? false,
    },
  };
}
