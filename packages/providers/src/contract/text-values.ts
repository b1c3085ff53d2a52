import type { ExactJson, OrderBy } from '@trunkline/events';

/** Readers of values that a form or a header writes as text; undefined means that the text is not of the expected form. */

/** A count that fits an Avro int, in plain decimal digits. */
export function readDecimal(value: ExactJson | undefined): number | undefined {
  if (typeof value !== 'string' || !/^(?:0|[1-9][0-9]{0,9})$/.test(value)) return undefined;
  const number = Number(value);
  return number < 2 ** 31 ? number : undefined;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const rfc2822 = /^(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;

/** A date of RFC 2822 with a numeric offset: `Mon, 02 Mar 2026 10:15:30 +0000`. */
export function readRfc2822(value: ExactJson | undefined): number | undefined {
  const match = typeof value === 'string' ? rfc2822.exec(value) : null;
  if (match === null) return undefined;
  const [, day = '', month = '', year, hours, minutes, seconds, sign = '+', offsetHours, offsetMinutes] = match;
  const monthNumber = String(months.indexOf(month) + 1).padStart(2, '0'); // an unknown month is 00, which is no date
  const date = `${year}-${monthNumber}-${day.padStart(2, '0')}`;
  const at = Date.parse(`${date}T${hours}:${minutes}:${seconds}${sign}${offsetHours}:${offsetMinutes}`);
  // Date.parse takes 31 February for 3 March: a day that does not exist is no date.
  const exists = new Date(Date.parse(`${date}T00:00:00Z`) || 0).toISOString().startsWith(date);
  return Number.isNaN(at) || !exists ? undefined : at;
}

/** A telephone number in E.164, with its plus. */
export function isE164(text: string | undefined): text is string {
  return text !== undefined && /^\+[1-9][0-9]{6,14}$/.test(text);
}

/** Keeps the messages of two telephone numbers in order; undefined where one is no number, so the message stands alone. */
export function orderByNumbers(from: string | undefined, to: string | undefined): OrderBy | undefined {
  return isE164(from) && isE164(to) ? { by: 'personal', kind: 'pair', values: [from, to] } : undefined;
}
