/**
 * A number as Java writes doubles, `1.25E7` from ten millions on and `4.0E-4` below a thousandth, without its exponent and
 * exactly; any other text as it is. Salesforce's SOAP has such numbers, and providers whose programs are in Java may.
 */
export function withoutExponent(text: string): string {
  const match = /^(-?)(\d)\.(\d{1,20})E(-?\d{1,2})$/.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', rest = '', exponent = ''] = match;
  const digits = first + rest.replace(/0+$/, '');
  const point = Number(exponent) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const whole = digits.slice(0, point).padEnd(point, '0');
  return digits.length > point ? `${sign}${whole}.${digits.slice(point)}` : sign + whole;
}
