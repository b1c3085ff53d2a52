import { BinaryCopyRows } from '@trunkline/postgres';

import { noTenant } from '../rows.ts';
import type { JournalRow } from '../rows.ts';
import { keptText } from './columns.ts';
import { dayNumberOf } from './days.ts';
import { columnCount } from './tables.ts';

/** Counts by minute, written with the rows that they count, so that a chart says what a search finds. */

export type RollupKind =
  | 'verdict'
  | 'type'
  | 'rejection'
  | 'suppressed'
  | 'retry'
  | 'dead'
  | 'redrive'
  | 'secret'
  | 'request'
  | 'unreadable';

/** Upper bounds of the classes of latency, milliseconds; what is slower falls into one class more. */
export const latencyBoundsMs: readonly number[] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

const minuteMs = 60_000;

interface Counted {
  readonly minuteMs: number;
  readonly tenantId: string;
  readonly source: string;
  readonly kind: RollupKind;
  readonly name: string;
  count: number;
  bytes: number;
  readonly latency: number[];
}

export const rollupColumns = 'minute, count, bytes, tenant_id, source, kind, name, latency';

/** The counts of some rows, each minute, tenant, source, kind and name once. */
export class Rollups {
  readonly #counted = new Map<string, Counted>();
  /** Of each kind the one that was counted last, which is mostly the next one, too. */
  readonly #last = new Map<RollupKind, Counted>();

  add(row: JournalRow): void {
    switch (row.table) {
      case 'event':
        this.#count(row, { kind: 'type', name: row.type, latencyMs: row.place.appendedAtMs - row.receivedAtMs });
        break;
      case 'delivery':
        this.#count(row, { kind: 'verdict', name: row.verdict, latencyMs: row.place.appendedAtMs - row.receivedAtMs });
        if (row.verifiedWith !== undefined) this.#count(row, { kind: 'secret', name: row.verifiedWith });
        break;
      case 'rejection':
        this.#count(row, { kind: 'rejection', name: `${row.step}/${row.code}` });
        if (row.suppressedBefore > 0)
          this.#count(row, { kind: 'suppressed', name: `${row.step}/${row.code}`, times: row.suppressedBefore });
        break;
      case 'step':
        this.#count(row, { kind: row.kind, name: `${row.group}/${row.code ?? ''}` });
        break;
      case 'request':
        this.#count({ ...row, source: undefined }, { kind: 'request', name: row.type });
        break;
      case 'unreadable':
        this.#count({ ...row, tenantId: noTenant, source: undefined }, { kind: 'unreadable', name: row.place.topic });
        break;
    }
  }

  /** By the day of their minute, in days since 1970. */
  rowsByDay(): ReadonlyMap<number, BinaryCopyRows> {
    const days = new Map<number, BinaryCopyRows>();
    for (const counted of this.#counted.values()) {
      const day = dayNumberOf(counted.minuteMs);
      const rows = days.get(day) ?? new BinaryCopyRows(columnCount(rollupColumns));
      days.set(day, rows);
      rows.beginRow();
      rows.time(counted.minuteMs);
      rows.bigint(counted.count);
      rows.bigint(counted.bytes);
      rows.text(keptText(counted.tenantId));
      rows.text(keptText(counted.source));
      rows.text(counted.kind);
      rows.text(keptText(counted.name));
      rows.bigints(counted.latency);
    }
    return days;
  }

  #count(
    row: {
      readonly place: { readonly appendedAtMs: number };
      readonly tenantId: string;
      readonly source: string | undefined;
      readonly bytes: number;
    },
    what: { readonly kind: RollupKind; readonly name: string; readonly latencyMs?: number; readonly times?: number },
  ): void {
    const minute = Math.floor(row.place.appendedAtMs / minuteMs) * minuteMs;
    const counted = this.#countedOf(minute, row, what);
    counted.count += what.times ?? 1;
    counted.bytes += row.bytes;
    if (what.latencyMs === undefined) return;
    const found = latencyBoundsMs.findIndex((bound) => (what.latencyMs ?? 0) <= bound);
    const place = found === -1 ? latencyBoundsMs.length : found;
    counted.latency[place] = (counted.latency[place] ?? 0) + 1;
  }

  #countedOf(
    minute: number,
    { tenantId, source = '' }: { readonly tenantId: string; readonly source: string | undefined },
    { kind, name }: { readonly kind: RollupKind; readonly name: string },
  ): Counted {
    const last = this.#last.get(kind);
    if (last?.minuteMs === minute && last.tenantId === tenantId && last.source === source && last.name === name)
      return last;
    const key = `${minute} ${tenantId} ${source} ${kind} ${name}`;
    const counted = this.#counted.get(key) ?? created(minute, { tenantId, source, kind, name });
    this.#counted.set(key, counted);
    this.#last.set(kind, counted);
    return counted;
  }
}

function created(minute: number, named: Pick<Counted, 'tenantId' | 'source' | 'kind' | 'name'>): Counted {
  return {
    minuteMs: minute,
    ...named,
    count: 0,
    bytes: 0,
    latency: Array.from({ length: latencyBoundsMs.length + 1 }, () => 0),
  };
}
