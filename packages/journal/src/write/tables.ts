import { isRequestId } from '@trunkline/core';

import type { DeliveryRow, EventRow, JournalRow, RejectionRow, RequestRow, StepRow } from '../rows.ts';
import { copyInteger, copySmall, copyText, copyTime, copyUuid, type Value } from './copy-text.ts';
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
  readonly values: (row: Row, names: Names) => readonly Value[];
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
  values: (row, names) => [
    copyTime(row.place.appendedAtMs),
    row.place.offset,
    row.original.offset,
    copyTime(row.originalAtMs),
    copyTime(row.firstFailureAtMs),
    copyTime(row.dueAtMs),
    names.idOf('topic', row.place.topic),
    row.place.partition,
    names.idOf('topic', row.original.topic),
    copyInteger(row.original.partition),
    names.idOf('group', row.group),
    idOf(names, 'source', row.source),
    idOf(names, 'type', row.type),
    idOf(names, 'code', row.code),
    row.schemaId,
    copyInteger(row.attempt),
    copyInteger(row.attemptsTotal),
    copyInteger(row.redrives),
    copyInteger(row.bytes),
    row.kind,
    copyUuid(row.letterId),
    copyUuid(row.recordId),
    row.recordId !== undefined && isRequestId(row.recordId) ? 't' : 'f',
    copyUuid(row.traceId),
    copyText(row.redriveId),
    copyText(row.tenantId),
    copyText(row.recordKey, 2_048),
    copyText(row.failureKind),
    copyText(row.exceptionClass),
    copyText(row.message),
    copyText(row.stack, 4_096),
  ],
};

const event: TableLayout<EventRow> = {
  columns:
    'appended_at, off, key_hash, occurred_at, received_at, topic, source, type, bytes, part, correction, event_id, ' +
    'delivery_id, trace_id, tenant_id, entity, provider_event',
  names: (row, tell) => {
    tell('source', row.source);
    tell('type', row.type);
  },
  values: (row, names) => [
    copyTime(row.place.appendedAtMs),
    row.place.offset,
    row.keyHash,
    copyTime(row.occurredAtMs),
    copyTime(row.receivedAtMs),
    names.idOf('topic', row.place.topic),
    names.idOf('source', row.source),
    names.idOf('type', row.type),
    copyInteger(row.bytes),
    row.place.partition,
    copySmall(row.correction),
    copyUuid(row.eventId),
    copyUuid(row.deliveryId),
    copyUuid(row.traceId),
    copyText(row.tenantId),
    copyText(row.entity),
    copyText(row.providerEventId),
  ],
};

const delivery: TableLayout<DeliveryRow> = {
  columns:
    'appended_at, off, received_at, source, bytes, events, part, answer, delivery_id, trace_id, tenant_id, verdict, ' +
    'reason, handshake',
  names: (row, tell) => tell('source', row.source),
  values: (row, names) => [
    copyTime(row.place.appendedAtMs),
    row.place.offset,
    copyTime(row.receivedAtMs),
    idOf(names, 'source', row.source),
    copyInteger(row.bytes),
    copyInteger(row.events),
    row.place.partition,
    row.answerStatus === undefined ? undefined : copySmall(row.answerStatus),
    copyUuid(row.deliveryId),
    copyUuid(row.traceId),
    copyText(row.tenantId),
    copyText(row.verdict),
    copyText(row.reason),
    copyText(row.handshake),
  ],
};

const rejection: TableLayout<RejectionRow> = {
  columns:
    'appended_at, off, received_at, suppressed_before, body_bytes, source, code, part, answer, delivery_id, trace_id, ' +
    'tenant_id, step, detail',
  names: (row, tell) => {
    tell('source', row.source);
    tell('code', row.code);
  },
  values: (row, names) => [
    copyTime(row.place.appendedAtMs),
    row.place.offset,
    copyTime(row.receivedAtMs),
    row.suppressedBefore,
    row.bodyBytes,
    idOf(names, 'source', row.source),
    names.idOf('code', row.code),
    row.place.partition,
    row.answerStatus === undefined ? undefined : copySmall(row.answerStatus),
    copyUuid(row.deliveryId),
    copyUuid(row.traceId),
    copyText(row.tenantId),
    copyText(row.step),
    copyText(row.detail),
  ],
};

const request: TableLayout<RequestRow> = {
  columns: 'appended_at, off, requested_at, topic, type, bytes, part, is_alert, request_id, caused_by, tenant_id',
  names: (row, tell) => tell('type', row.type),
  values: (row, names) => [
    copyTime(row.place.appendedAtMs),
    row.place.offset,
    copyTime(row.requestedAtMs),
    names.idOf('topic', row.place.topic),
    names.idOf('type', row.type),
    copyInteger(row.bytes),
    row.place.partition,
    row.isAlert ? 't' : 'f',
    copyUuid(row.requestId),
    copyUuid(row.causedBy),
    copyText(row.tenantId),
  ],
};

export const tables: { readonly [T in TableName]: TableLayout<RowOf<T>> } = {
  event,
  delivery,
  rejection,
  step,
  request,
};

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
