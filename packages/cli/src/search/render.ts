import { isUtf8 } from 'node:buffer';

import { isRequestId } from '@trunkline/core';
import { type ConsumedTopic, headerName, type Metadata, type RecordOf, type RequestMetadata } from '@trunkline/events';
import { deadLetterTopic, redriveTopic } from '@trunkline/kafka';
import { briefMessage } from '@trunkline/operations';
import { dueText, formatTime } from '@trunkline/operations/units';

import { toJson } from '../output.ts';
import { renderNarrowTable } from '../render/narrow-table.ts';
import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import type { EventHistory, FailureCopy, FoundRecord, GroupState, RecordPlace } from './event-history.ts';

interface Room {
  readonly style: Style;
  readonly width: number;
}

/** The whole of an event for a person: what it is, where it is, what was done, what to type next. */
export function renderHistory(history: EventHistory, nowMs: number, { style, width }: Room): string {
  const parts = [
    eventPart(history, style),
    history.delivery === undefined ? undefined : renderDelivery(history.delivery, style),
    groupsPart(history, nowMs, { style, width }),
    copiesPart(history.copies, { style, width }),
    recordPart(history.record, style),
    nextPart(history, style),
  ];
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}

export function renderDelivery(delivery: FoundRecord<RecordOf<'ingress.delivery.v1'>>, style: Style): string {
  const { value } = delivery;
  const head = style.strong('delivery');
  if (value === undefined)
    return `${head}\n${renderPairs(
      [
        ['record', placeText(delivery.place)],
        ['unreadable', printable(delivery.undecodable ?? '')],
      ],
      style,
    )}`;
  return [
    `${head}  ${value.deliveryId}`,
    renderPairs(
      [
        [
          'request',
          printable(
            `${value.method} ${value.path}${value.query === null ? '' : `?${value.query}`} → ${value.answerStatus ?? '?'}`,
          ),
        ],
        ['received', formatTime(value.receivedAt)],
        [
          'verdict',
          printable(
            `${value.verdict}${value.reason === null ? '' : ` (${value.reason})`}, ${value.eventIds.length} ${value.eventIds.length === 1 ? 'event' : 'events'}`,
          ),
        ],
        ['source', printable(`${value.sourceId ?? '?'} of ${value.tenantId ?? '?'} (${value.provider})`)],
        ['proven with', value.verifiedWith === null ? undefined : printable(value.verifiedWith)],
        ['body', printable(`${value.body.length} bytes, ${value.contentType ?? 'no content type'}`)],
        ['record', placeText(delivery.place)],
      ],
      style,
    ),
  ].join('\n');
}

export function renderRejection(
  deliveryId: string,
  rejection: FoundRecord<RecordOf<'ingress.rejection.v1'>>,
  style: Style,
): string {
  const { value } = rejection;
  const head = `${style.strong('delivery')}  ${deliveryId}  ${style.bad('refused')}`;
  if (value === undefined)
    return `${head}\n${renderPairs([['unreadable', printable(rejection.undecodable ?? '')]], style)}`;
  return [
    head,
    renderPairs(
      [
        ['request', printable(`${value.method} ${value.path} → ${value.answerStatus ?? '?'}`)],
        ['received', formatTime(value.receivedAt)],
        ['refused by', printable(`${value.step} (${value.code})`)],
        ['detail', value.detail === null ? undefined : printable(value.detail)],
        ['source', value.sourceId === null ? 'unknown' : printable(value.sourceId)],
        ['body', value.bodyBytes === null ? 'not read' : `${value.bodyBytes} bytes`],
        [
          'unrecorded',
          value.suppressedBefore === null || value.suppressedBefore === 0
            ? undefined
            : `${value.suppressedBefore} like it before this one`,
        ],
        ['trace', value.traceId === null ? undefined : printable(value.traceId)],
        ['record', placeText(rejection.place)],
        ['next', nextOf(value)],
      ],
      style,
    ),
  ].join('\n');
}

/** A 401 is looked into with a capture of the request: what was refused is kept without its body. */
function nextOf({ answerStatus, sourceId, provider }: RecordOf<'ingress.rejection.v1'>): string | undefined {
  if (answerStatus !== 401 || sourceId === null || provider === null) return undefined;
  return printable(`trunkline verify ${provider} <capture> --source ${sourceId}  (docs/how-to/capture-a-request.md)`);
}

export function placeText(place: RecordPlace): string {
  return `${printable(place.topic)} / ${place.partition} / ${place.offset}, appended ${formatTime(place.appendedAtMs)}`;
}

function eventPart(history: EventHistory, style: Style): string {
  const { record, eventId } = history;
  const metadata = record?.value?.metadata;
  const what = isRequestId(eventId) ? 'request' : 'event';
  const head = `${style.strong(what)}  ${eventId}${metadata === undefined ? '' : `  ${style.accent(printable(metadata.type))}`}`;
  const pairs: [string, string | undefined][] = [
    [
      'record',
      record === undefined ? 'not found on its topic (retention, or --since too short)' : placeText(record.place),
    ],
    ['received', receptionsText(history.receptions)],
  ];
  if (metadata !== undefined) {
    pairs.push(...('requestId' in metadata ? requestPairs(metadata, record) : eventPairs(metadata)));
  }
  return `${head}\n${renderPairs(pairs, style)}`;
}

function eventPairs(metadata: Metadata): readonly [string, string][] {
  return [
    ['entity', printable(`${metadata.entityKind}/${metadata.entityId} of ${metadata.provider} ${metadata.account}`)],
    ['tenant', printable(`${metadata.tenantId}, source ${metadata.sourceId}`)],
    ['occurred', `${formatTime(metadata.occurredAt)}${metadata.occurredAtIsEstimated ? ' (estimated)' : ''}`],
    ['version', printable(metadata.entityVersion)],
  ];
}

function requestPairs(
  metadata: RequestMetadata,
  record: FoundRecord<unknown> | undefined,
): readonly [string, string][] {
  return [
    ['tenant', printable(metadata.tenantId)],
    ['asked by', printable(record?.headers[headerName.source] ?? '?')],
    ['asked', formatTime(metadata.requestedAt)],
    ['because of', printable(metadata.causedBy)],
  ];
}

/** Each reception published a record of its own; whoever applied the first one skipped the others. */
function receptionsText(receptions: EventHistory['receptions']): string | undefined {
  if (receptions === undefined) return undefined;
  const { count, isComplete } = receptions;
  const more = count - 1;
  const repeats = more === 0 ? '' : `, ${more} ${more === 1 ? 'repeat' : 'repeats'} of the first`;
  return `${isComplete ? '' : 'at least '}${count} ${count === 1 ? 'time' : 'times'}${repeats}`;
}

function groupsPart(history: EventHistory, nowMs: number, room: Room): string {
  if (history.groups.length === 0) return room.style.faint(noGroupText(history));
  const table = renderNarrowTable<GroupState>(
    [
      { title: 'GROUP', value: ({ group }) => group },
      {
        title: 'INBOX',
        value: ({ group, row }) => row?.outcome ?? pendingState(group, history.copies),
        paint: (cell, { row }) => (row === undefined ? room.style.warn(cell) : room.style.good(cell)),
      },
      { title: 'ROWS', value: ({ effect }) => effectText(effect), dropRank: 4 },
      { title: 'VIA', value: ({ row }) => row?.via ?? '', dropRank: 1 },
      { title: 'ATTEMPT', value: ({ row }) => (row === undefined ? '' : String(row.attempt)), align: 'right' },
      {
        title: 'REDRIVES',
        value: ({ row }) => (row === undefined ? '' : String(row.redriveCount)),
        align: 'right',
        dropRank: 2,
      },
      { title: 'PROCESSED', value: ({ row }) => (row === undefined ? '' : formatTime(row.processedAtMs)) },
      { title: 'TRACE', value: ({ row }) => row?.traceId ?? '', dropRank: 3 },
    ],
    history.groups,
    room,
  );
  const due = history.groups
    .filter(({ row }) => row === undefined)
    .flatMap(({ group }) => {
      const last = lastCopyOf(group, history.copies);
      return last?.dueAtMs === undefined || pendingState(group, history.copies) !== 'in retry'
        ? []
        : [room.style.warn(`${group}: ${dueText(last.dueAtMs, nowMs)}`)];
    });
  return [table, ...due].join('\n');
}

function effectText(effect: GroupState['effect']): string {
  return (effect ?? []).map(({ table, rows }) => (rows === 1 ? table : `${rows} × ${table}`)).join(', ');
}

function noGroupText({ record }: EventHistory): string {
  return record === undefined
    ? 'what groups made of it is not known'
    : `no consumer group of this build takes ${record.place.topic}`;
}

/** Without an inbox row the event is not done: its latest copy says what it waits for. */
function pendingState(group: string, copies: readonly FailureCopy[]): string {
  const last = lastCopyOf(group, copies);
  if (last === undefined) return 'not done';
  if (last.place.topic === deadLetterTopic(group)) return 'dead letter';
  return last.place.topic === redriveTopic(group) ? 'redriven' : 'in retry';
}

function lastCopyOf(group: string, copies: readonly FailureCopy[]): FailureCopy | undefined {
  return copies.filter((copy) => copy.group === group).at(-1);
}

function copiesPart(copies: readonly FailureCopy[], room: Room): string | undefined {
  if (copies.length === 0) return undefined;
  return renderNarrowTable(
    [
      { title: 'COPY', value: ({ place }) => `${place.topic} / ${place.partition} / ${place.offset}` },
      { title: 'APPENDED', value: ({ place }) => formatTime(place.appendedAtMs) },
      { title: 'ATTEMPT', value: ({ attempt }) => String(attempt), align: 'right' },
      { title: 'KIND', value: ({ failureKind }) => failureKind ?? '' },
      { title: 'CODE', value: ({ code }) => code ?? '' },
      { title: 'MESSAGE', value: ({ message }) => briefMessage(message ?? ''), maxWidth: 60, least: 12, dropRank: 1 },
    ],
    copies,
    room,
  );
}

function recordPart(record: FoundRecord<RecordOf<ConsumedTopic>> | undefined, style: Style): string | undefined {
  if (record === undefined) return undefined;
  const head = style.strong('decoded record');
  if (record.value === undefined) return `${head}  ${style.bad(`unreadable: ${printable(record.undecodable ?? '')}`)}`;
  const { shown, unstated } = withoutUnstated(record.value);
  const left = unstated === 0 ? '' : style.faint(`  (${unstated} more fields are not stated; --json has them)`);
  return `${head}${left}\n${toJson(shown).split('\n').map(printable).join('\n')}`;
}

const shownBodyCharacters = 4_000;

/** A body as its sender wrote it, where it is text; base64, as --json has it, nobody reads. */
function readableBody(name: string, value: unknown): unknown {
  if (name !== 'body' || !(value instanceof Uint8Array)) return value;
  if (!isUtf8(value)) return `${value.length} bytes that are no text (--json has them)`;
  const text = Buffer.from(value).toString('utf8');
  if (text.length > shownBodyCharacters)
    return `${text.slice(0, shownBodyCharacters)}… (${value.length} bytes; --json has them)`;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The fields an event says nothing about are null in its record; a null it states means cleared, and stays. */
function withoutUnstated(record: RecordOf<ConsumedTopic>): { readonly shown: unknown; readonly unstated: number } {
  const stated = new Set('statedFields' in record.metadata ? record.metadata.statedFields : []);
  const fields = Object.entries(record);
  const shown = fields.filter(([name, value]) => value !== null || stated.has(name));
  return {
    shown: Object.fromEntries(shown.map(([name, value]) => [name, readableBody(name, value)])),
    unstated: fields.length - shown.length,
  };
}

function nextPart(history: EventHistory, style: Style): string {
  const dead = history.groups.find(
    ({ group, row }) => row === undefined && pendingState(group, history.copies) === 'dead letter',
  );
  return renderPairs(
    [
      ['trace', history.traceIds.length === 0 ? 'none is known' : history.traceIds.join(' ')],
      ['next', history.traceIds.length === 0 ? undefined : `trunkline trace ${history.eventId}`],
      [
        '',
        dead === undefined
          ? undefined
          : `trunkline dlq redrive ${dead.group} --id ${history.eventId}   (when the cause is fixed)`,
      ],
    ],
    style,
  );
}
