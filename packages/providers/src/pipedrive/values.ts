import { type ExactJson, ExactNumber, isExactObject } from '@trunkline/events';

import { wholeNumber } from '../contract/json-body.ts';
import { telephoneNumber } from '../contract/telephone.ts';
import { readDay, readFilled } from '../contract/texts.ts';
import { readInstant, readSeconds, readUtc } from '../contract/times.ts';
import { readList } from '../contract/values.ts';

/** An id, written as a number (most) or as text (leads). */
export function readReference(value: ExactJson | undefined): string | undefined {
  const text = value instanceof ExactNumber ? value.text : value;
  return typeof text === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(text) ? text : undefined;
}

/** `meta.timestamp`: an instant in the samples, seconds in the table beside them. */
export function readMetaTime(value: ExactJson | undefined): number | undefined {
  return readSeconds(value) ?? readUtc(value);
}

/** The primary one of the addresses or numbers of a person, else the first; an empty list says that there is none. */
export function readPrimary(value: ExactJson): string | null | undefined {
  if (!Array.isArray(value)) return undefined;
  // Array.isArray widens the items to any; this gives them their type back.
  const entries = (value as readonly ExactJson[]).filter((entry) => isExactObject(entry));
  const chosen = entries.find((entry) => entry['primary'] === true) ?? entries[0];
  return chosen === undefined ? null : readFilled(chosen['value'] ?? '');
}

/** The same of numbers, in E.164 where it is one. */
export function readPrimaryPhone(value: ExactJson): string | null | undefined {
  const number = readPrimary(value);
  return typeof number === 'string' ? telephoneNumber(number) : number;
}

/** What the schema says that labels holds at most. */
const maxLabels = 100;

/** Ids of labels. */
export function readLabels(value: ExactJson): string[] | undefined {
  const ids = readList(value)?.map(readReference);
  const labels = ids?.filter((id) => id !== undefined);
  return labels?.length === ids?.length ? labels?.slice(0, maxLabels) : undefined;
}

/** Whole units with a decimal point, as written. */
export function readDecimal(value: ExactJson): string | undefined {
  const text = value instanceof ExactNumber ? value.text : value;
  return typeof text === 'string' && /^-?\d{1,30}(?:\.\d{1,30})?$/.test(text) ? text : undefined;
}

export function readPercent(value: ExactJson): number | undefined {
  const number = wholeNumber(value);
  return number !== undefined && number >= 0 && number <= 100 ? number : undefined;
}

/** `01:30` or `01:30:00`; an empty text is none. */
export function readDuration(value: ExactJson): number | null | undefined {
  if (value === '') return null;
  const [, hours, minutes, seconds = '0'] =
    (typeof value === 'string' && /^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$/.exec(value)) || [];
  return hours === undefined ? undefined : Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

/** A day and a time of it, both in UTC; null where it has no time. */
export function dueAt(day: ExactJson | undefined, time: ExactJson | undefined): number | null | undefined {
  if (time === null || time === '') return null;
  const date = readDay(day);
  if (date === undefined || typeof time !== 'string' || !/^\d\d:\d\d(?::\d\d)?$/.test(time)) return undefined;
  return readInstant(`${date}T${time.length === 5 ? `${time}:00` : time}Z`);
}
