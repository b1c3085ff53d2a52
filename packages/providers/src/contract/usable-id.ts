import { type ExactJson, ExactNumber, maxIdLength } from '@trunkline/events';

/** A value as an id: a text that is not empty and has no zero byte, or a number as it was written, no longer than an id can be. */
export function usableId(value: ExactJson | undefined, limit: number = maxIdLength): string | undefined {
  const text = value instanceof ExactNumber ? value.text : value;
  return typeof text === 'string' && text !== '' && text.length <= limit && !text.includes('\0') ? text : undefined;
}
