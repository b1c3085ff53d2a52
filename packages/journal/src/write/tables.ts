import { isRequestId } from '@trunkline/core';
import type { BinaryCopyRows } from '@trunkline/postgres';

import type { DeliveryRow, EventRow, JournalRow, RejectionRow, RequestRow, StepRow } from '../rows.ts';
import { idDigits, keptText, nearestInteger, nearestSmall, nearestTime } from './columns.ts';
import type { NameKind, Names } from './names.ts';

/** The tables that rows go to, each with its columns in the order in which they are copied. */

type Stored = Exclude<JournalRow, { readonly table: 'unreadable' }>;
export type TableName = Stored['table'];
type RowOf<T extends TableName> = Extract<Stored, { readonly table: T }>;

export type TellName = (kind: NameKind, name: string | undefined) => void;

interface TableLayout<Row> {
  readonly columns: string;
  /** Tells the names that the row refers to, beside its topic. */
  readonly names: (row: Row, tell: TellName) => void;
  /** Writes the columns of a row that was begun. */
  readonly write: (row: Row, ...to: [names: Names, rows: BinaryCopyRows]) => void;
}

const step: TableLayout<StepRow> = {
  columns:
    'appended_at, off, orig_off, orig_at, first_failure_at, due_at, topic, part, orig_topic, orig_part, grp, source, ' +
    'type, code, schema_id, attempt, attempts_total, redrives, bytes, kind, letter_id, event_id, is_request, trace_id, ' +
    'redrive_id, tenant_id, record_key, failure_kind, class, message, stack',
  names: (row, tell) => {
    tell('topic', row.original.topic);
    tell('group', row.group);
    tell('source', row.source);
    tell('type', row.type);
    tell('code', row.code);
  },
  write: (row, names, rows) => {
    rows.time(nearestTime(row.place.appendedAtMs));
    rows.bigint(row.place.offset);
    rows.bigint(row.original.offset);
    rows.time(nearestTime(row.originalAtMs));
    rows.time(nearestTime(row.firstFailureAtMs));
    rows.time(nearestTime(row.dueAtMs));
    rows.integer(names.idOf('topic', row.place.topic));
    rows.integer(row.place.partition);
    rows.integer(names.idOf('topic', row.original.topic));
    rows.integer(nearestInteger(row.original.partition));
    rows.integer(names.idOf('group', row.group));
    rows.integer(idOf(names, 'source', row.source));
    rows.integer(idOf(names, 'type', row.type));
    rows.integer(idOf(names, 'code', row.code));
    rows.integer(row.schemaId);
    rows.integer(nearestInteger(row.attempt));
    rows.integer(nearestInteger(row.attemptsTotal));
    rows.integer(nearestInteger(row.redrives));
    rows.integer(nearestInteger(row.bytes));
    rows.text(row.kind);
    rows.uuid(idDigits(row.letterId));
    rows.uuid(idDigits(row.recordId));
    rows.boolean(row.recordId !== undefined && isRequestId(row.recordId));
    rows.uuid(idDigits(row.traceId));
    rows.text(keptText(row.redriveId));
    rows.text(keptText(row.tenantId));
    rows.text(keptText(row.recordKey, 2_048));
    rows.text(keptText(row.failureKind));
    rows.text(keptText(row.exceptionClass));
    rows.text(keptText(row.message));
    rows.text(keptText(row.stack, 4_096));
  },
};

const event: TableLayout<EventRow> = {
  columns:
    'appended_at, off, key_hash, occurred_at, received_at, topic, source, type, bytes, part, correction, event_id, ' +
    'delivery_id, trace_id, tenant_id, entity, provider_event',
  names: (row, tell) => {
    tell('source', row.source);
    tell('type', row.type);
  },
  write: (row, names, rows) => {
    rows.time(nearestTime(row.place.appendedAtMs));
    rows.bigint(row.place.offset);
    rows.bigint(row.keyHash);
    rows.time(nearestTime(row.occurredAtMs));
    rows.time(nearestTime(row.receivedAtMs));
    rows.integer(names.idOf('topic', row.place.topic));
    rows.integer(names.idOf('source', row.source));
    rows.integer(names.idOf('type', row.type));
    rows.integer(nearestInteger(row.bytes));
    rows.smallint(row.place.partition);
    rows.smallint(nearestSmall(row.correction));
    rows.uuid(idDigits(row.eventId));
    rows.uuid(idDigits(row.deliveryId));
    rows.uuid(idDigits(row.traceId));
    rows.text(keptText(row.tenantId));
    rows.text(keptText(row.entity));
    rows.text(keptText(row.providerEventId));
  },
};

const delivery: TableLayout<DeliveryRow> = {
  columns:
    'appended_at, off, received_at, source, bytes, events, part, answer, delivery_id, trace_id, tenant_id, verdict, ' +
    'reason, handshake',
  names: (row, tell) => tell('source', row.source),
  write: (row, names, rows) => {
    rows.time(nearestTime(row.place.appendedAtMs));
    rows.bigint(row.place.offset);
    rows.time(nearestTime(row.receivedAtMs));
    rows.integer(idOf(names, 'source', row.source));
    rows.integer(nearestInteger(row.bytes));
    rows.integer(nearestInteger(row.events));
    rows.smallint(row.place.partition);
    rows.smallint(row.answerStatus === undefined ? undefined : nearestSmall(row.answerStatus));
    rows.uuid(idDigits(row.deliveryId));
    rows.uuid(idDigits(row.traceId));
    rows.text(keptText(row.tenantId));
    rows.text(keptText(row.verdict));
    rows.text(keptText(row.reason));
    rows.text(keptText(row.handshake));
  },
};

const rejection: TableLayout<RejectionRow> = {
  columns:
    'appended_at, off, received_at, suppressed_before, body_bytes, source, code, part, answer, delivery_id, trace_id, ' +
    'tenant_id, step, detail',
  names: (row, tell) => {
    tell('source', row.source);
    tell('code', row.code);
  },
  write: (row, names, rows) => {
    rows.time(nearestTime(row.place.appendedAtMs));
    rows.bigint(row.place.offset);
    rows.time(nearestTime(row.receivedAtMs));
    rows.bigint(row.suppressedBefore);
    rows.bigint(row.bodyBytes);
    rows.integer(idOf(names, 'source', row.source));
    rows.integer(names.idOf('code', row.code));
    rows.smallint(row.place.partition);
    rows.smallint(row.answerStatus === undefined ? undefined : nearestSmall(row.answerStatus));
    rows.uuid(idDigits(row.deliveryId));
    rows.uuid(idDigits(row.traceId));
    rows.text(keptText(row.tenantId));
    rows.text(keptText(row.step));
    rows.text(keptText(row.detail));
  },
};

const request: TableLayout<RequestRow> = {
  columns: 'appended_at, off, requested_at, topic, type, bytes, part, is_alert, request_id, caused_by, tenant_id',
  names: (row, tell) => tell('type', row.type),
  write: (row, names, rows) => {
    rows.time(nearestTime(row.place.appendedAtMs));
    rows.bigint(row.place.offset);
    rows.time(nearestTime(row.requestedAtMs));
    rows.integer(names.idOf('topic', row.place.topic));
    rows.integer(names.idOf('type', row.type));
    rows.integer(nearestInteger(row.bytes));
    rows.smallint(row.place.partition);
    rows.boolean(row.isAlert);
    rows.uuid(idDigits(row.requestId));
    rows.uuid(idDigits(row.causedBy));
    rows.text(keptText(row.tenantId));
  },
};

export const tables: { readonly [T in TableName]: TableLayout<RowOf<T>> } = {
  event,
  delivery,
  rejection,
  step,
  request,
};

/** How many columns a list of them names. */
export function columnCount(columns: string): number {
  return columns.split(',').length;
}

/** The layout of a row's table. */
export function layoutOf<T extends TableName>(row: RowOf<T>): TableLayout<RowOf<T>> {
  // The row's own `table` names the entry, whose layout is the one of such rows.
  return tables[row.table] as unknown as TableLayout<RowOf<T>>;
}

/** Tells every name that a row refers to. */
export function tellNames(row: JournalRow, tell: TellName): void {
  tell('topic', row.place.topic);
  if (row.table !== 'unreadable') layoutOf(row).names(row, tell);
}

function idOf(names: Names, kind: NameKind, name: string | undefined): number | undefined {
  return name === undefined ? undefined : names.idOf(kind, name);
}
