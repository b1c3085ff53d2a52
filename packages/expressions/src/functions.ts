import { missing, notATime, type NoValue, type Run } from './run.ts';
import { type FilterType, simple } from './types.ts';

/** A function that filters have. It is given values of its types, never null and never no value. */
export interface FilterFunction {
  readonly name: string;
  /** `x.f(y)`, `f(x, y)`, or as one likes. */
  readonly form: 'method' | 'function' | 'either';
  /** Of the receiver first, where it is a method. */
  readonly takes: readonly FilterType['kind'][];
  readonly gives: FilterType;
  readonly apply: (run: Run, ...values: never[]) => unknown;
}

/** All of them; one more is a row, and a word of docs/how-to/receive-webhooks.md. */
export const functions: readonly FilterFunction[] = [
  {
    name: 'size',
    form: 'either',
    takes: ['string'],
    gives: simple.int,
    apply: (run, text: string) => sizeOf(run, text),
  },
  { name: 'size', form: 'either', takes: ['list'], gives: simple.int, apply: (_, list: unknown[]) => list.length },
  method('startsWith', (text, part) => text.startsWith(part)),
  method('endsWith', (text, part) => text.endsWith(part)),
  method('contains', (text, part) => text.includes(part)),
  {
    name: 'lowerAscii',
    form: 'method',
    takes: ['string'],
    gives: simple.string,
    apply: ascii(/[A-Z]+/g, 'toLowerCase'),
  },
  {
    name: 'upperAscii',
    form: 'method',
    takes: ['string'],
    gives: simple.string,
    apply: ascii(/[a-z]+/g, 'toUpperCase'),
  },
  { name: 'double', form: 'function', takes: ['int'], gives: simple.double, apply: (_, number: number) => number },
  {
    name: 'timestamp',
    form: 'function',
    takes: ['string'],
    gives: simple.timestamp,
    apply: (_, text: string) => timeOf(text),
  },
  {
    name: 'duration',
    form: 'function',
    takes: ['string'],
    gives: simple.duration,
    apply: (_, text: string) => durationOf(text),
  },
  // In UTC: 0 is Sunday, as CEL has it.
  {
    name: 'getDayOfWeek',
    form: 'method',
    takes: ['timestamp'],
    gives: simple.int,
    apply: (_, ms: number) => new Date(ms).getUTCDay(),
  },
  {
    name: 'getHours',
    form: 'method',
    takes: ['timestamp'],
    gives: simple.int,
    apply: (_, ms: number) => new Date(ms).getUTCHours(),
  },
];

function method(name: string, test: (text: string, part: string) => boolean): FilterFunction {
  return {
    name,
    form: 'method',
    takes: ['string', 'string'],
    gives: simple.bool,
    apply(run, text: string, part: string) {
      run.spend(costOfText(text));
      return test(text, part);
    },
  };
}

/** Steps of going through a text once: 256 characters a step, and nothing for a short one. */
export function costOfText(text: string): number {
  return Math.floor(text.length / 256);
}

/** Characters, not the pieces that JavaScript counts. */
function sizeOf(run: Run, text: string): number {
  run.spend(Math.ceil(text.length / 16));
  let size = 0;
  for (const _ of text) size += 1;
  return size;
}

function ascii(letters: RegExp, change: 'toLowerCase' | 'toUpperCase') {
  return (run: Run, text: string): string => {
    run.spend(Math.ceil(text.length / 16));
    return text.replaceAll(letters, (part) => part[change]());
  };
}

/** Milliseconds since the epoch. */
function timeOf(text: string): number | NoValue {
  // RFC 3339; what Date.parse takes beyond that is no promise.
  if (!/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) return notATime;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? notATime : ms;
}

/** As far from the epoch as a Date goes: 273,790 years. */
export const mostMs = 8.64e15;

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Milliseconds of `1h30m`, `-90s`, `1.5h`, `250ms`. */
function durationOf(text: string): number | NoValue {
  if (text.length > 40 || !/^-?(?:\d+(?:\.\d+)?(?:ms|[hms]))+$/.test(text)) return notATime;
  let ms = 0;
  for (const [, number, unit = 'ms'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[hms])/g))
    ms += Number(number) * (unitMs[unit] ?? 0);
  if (ms > mostMs) return notATime;
  return text.startsWith('-') ? -ms : ms;
}

/** Whether a value is one of that kind; what the schema says of data of others is a promise and no more. */
export function isOf(kind: FilterType['kind'], value: unknown): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
    case 'double':
    case 'timestamp':
    case 'duration':
      return typeof value === 'number';
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null;
    case 'null':
      return value === null;
    case 'any':
      return value !== missing;
  }
}
