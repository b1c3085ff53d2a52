import type { ExactJson } from '@trunkline/events';

/** Readers of values that a form or a header writes as text; undefined means that the text is not of the expected form. */

/** A count that fits an Avro int, in plain decimal digits. */
export function readDecimal(value: ExactJson | undefined): number | undefined {
  if (typeof value !== 'string' || !/^(?:0|[1-9][0-9]{0,9})$/.test(value)) return undefined;
  const number = Number(value);
  return number < 2 ** 31 ? number : undefined;
}
