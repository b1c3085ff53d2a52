import { isWithheld, logLimits, type LogFields, withheld } from './safe-fields.ts';

/**
 * The fields of a line as members of JSON, `,"a":1,"b":"x"`, made safe as safeFields does; undefined where a value is
 * more than a text, a number, a boolean, null or a list of texts: pino writes that one. Nearly all lines are of this kind,
 * one for each delivery and each attempt, and copying and asking serializers costs them more than writing does.
 */
export function flatMembers(fields: LogFields): string | undefined {
  let members = '';
  for (const name in fields) {
    if (!Object.hasOwn(fields, name)) continue;
    const value = fields[name];
    if (value === undefined) continue;
    const text = isWithheld(name) ? `"${withheld}"` : valueText(value);
    if (text === undefined) return undefined;
    members += memberName(name) + text;
  }
  return members;
}

function valueText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.length > logLimits.textLength ? undefined : jsonText(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return String(value);
    case 'bigint':
      return `"${value}"`;
    case 'object':
      return value === null ? 'null' : listText(value);
    case 'undefined':
    case 'function':
    case 'symbol':
      return undefined;
  }
}

function listText(value: object): string | undefined {
  if (!Array.isArray(value) || value.length > logLimits.arrayLength) return undefined;
  const texts: string[] = [];
  // Array.isArray makes it a list of any, which says less.
  for (const item of value as readonly unknown[]) {
    if (typeof item !== 'string' || item.length > logLimits.textLength) return undefined;
    texts.push(jsonText(item));
  }
  return `[${texts.join(',')}]`;
}

/** What JSON writes as it is between quotes, whatever stands beside it. */
const plain = /^[ !#-[\]-~]*$/;

export function jsonText(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** `,"name":`, remembered: lines have the same twenty names every time. */
const memberNames = new Map<string, string>();
const maxNames = 1_000;

function memberName(name: string): string {
  const known = memberNames.get(name);
  if (known !== undefined) return known;
  const member = `,${JSON.stringify(name)}:`;
  if (memberNames.size < maxNames) memberNames.set(name, member);
  return member;
}
