import type { BookingEvent } from './links.ts';

/** What a booking's events have said of it so far, as far as it decides what its owners are told. */
export interface Standing {
  readonly status: Versioned<string>;
  readonly noShow: Versioned<boolean>;
  /** Epoch milliseconds. */
  readonly startsAt: Versioned<number>;
}

/** A value and the version of the event that stated it; the empty version is older than all. */
export interface Versioned<Value> {
  readonly value: Value | null;
  readonly version: string;
}

const unsaid = { value: null, version: '' } as const;

export const unknownStanding: Standing = { status: unsaid, noShow: unsaid, startsAt: unsaid };

/** What is known after one more event: an older one changes nothing. */
export function advance(before: Standing, { record }: BookingEvent): Standing {
  const { entityVersion: version, statedFields } = record.metadata;
  const stated = new Set(statedFields);
  const newer = <Value>(field: keyof Standing, known: Versioned<Value>, value: Value | null): Versioned<Value> =>
    stated.has(field) && version > known.version ? { value, version } : known;
  return {
    status: newer('status', before.status, record.status),
    noShow: newer('noShow', before.noShow, record.noShow),
    startsAt: newer('startsAt', before.startsAt, record.startsAt),
  };
}
