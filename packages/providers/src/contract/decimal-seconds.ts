import { type ExactJson, ExactNumber } from '@trunkline/events';

/**
 * Seconds since the epoch with a fraction ("1770146798.123456", a number or a text) as whole milliseconds, cut and not
 * rounded: a rounded time could be later than the next one.
 */
export function readDecimalSeconds(value: ExactJson | undefined): number | undefined {
  const text = value instanceof ExactNumber ? value.text : value;
  if (typeof text !== 'string') return undefined;
  const match = /^(\d{1,12})(?:\.(\d{1,20}))?$/.exec(text);
  if (match === null) return undefined;
  const [, seconds = '', fraction = ''] = match;
  const at = Number(seconds) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return at <= lastMillisecond ? at : undefined;
}

/** The end of the year 9999, as everywhere. */
const lastMillisecond = 253_402_300_799_999;
