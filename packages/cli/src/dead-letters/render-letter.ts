import { briefMessage } from '@trunkline/operations';
import { dueText, formatAge, formatTime } from '@trunkline/operations/units';

import { toJson } from '../output.ts';
import { renderNarrowTable } from '../render/narrow-table.ts';
import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import { placeText } from '../search/render.ts';
import type { HistoryStep } from './history.ts';
import type { ShownLetter, Undecodable } from './show.ts';

/** A dead letter for a person at night: why it failed first, what to type last. */
export function renderLetter(
  letter: ShownLetter,
  nowMs: number,
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  return [
    headPart(letter, nowMs, style),
    failurePart(letter, style),
    historyPart(letter.history, { style, width }, nowMs),
    headersPart(letter.headers, style),
    ...schemaPart(letter, style),
    contentPart(letter, style),
    nextPart(letter, style),
  ].join('\n\n');
}

function headPart(letter: ShownLetter, nowMs: number, style: Style): string {
  const { place, original, decision } = letter;
  const known = letter.state === 'unknown' ? 'state not known' : letter.state;
  const state = letter.tooOld ? `${known}, too old` : known;
  return [
    `${style.strong('dead letter')}  ${printable(letter.id)} of ${letter.group}  ${stateText(letter, state, style)}`,
    renderPairs(
      [
        ['event', letter.eventId],
        ['record', placeText(place)],
        ['original', originalText(original)],
        ['key', letter.key === undefined ? 'none' : printable(letter.key)],
        ['age', `${formatAge(nowMs - place.appendedAtMs)} as a dead letter`],
        ['cause', letter.cause],
        ['newer', newerText(letter)],
        ['decision', decision === undefined ? undefined : printable(decisionText(decision))],
      ],
      style,
    ),
  ].join('\n');
}

function stateText({ state }: ShownLetter, text: string, style: Style): string {
  return state === 'applied' || state === 'stale' ? style.good(`${text} since`) : style.warn(text);
}

function newerText({ newerEvents = 0 }: ShownLetter): string | undefined {
  if (newerEvents === 0) return undefined;
  const events = newerEvents === 1 ? '1 newer event' : `${newerEvents} newer events`;
  return `${events} of this entity: sent back, it will most likely be stale`;
}

/** What it was written with, where that is another schema than this build's. */
function schemaPart({ schema }: ShownLetter, style: Style): readonly string[] {
  if (schema === undefined || (schema.unknown === undefined && schema.differences.length === 0)) return [];
  const head = `${style.strong('schema')}  written with ${schema.schemaId} of the registry`;
  if (schema.unknown !== undefined) return [`${head}, ${style.bad(printable(schema.unknown))}`];
  const lines = schema.differences.map(({ kind, path, written, other }) => {
    const types = kind === 'type' ? `${written} → ${other}` : (written ?? other ?? '');
    return `  ${kind === 'added' ? '+' : kind === 'removed' ? '-' : '~'} ${printable(`${path}: ${types}`)}`;
  });
  return [[`${head}; this build's differs`, ...lines].join('\n')];
}

function decisionText({ reason, actor, decidedAtMs }: NonNullable<ShownLetter['decision']>): string {
  return `${reason} (${actor}, ${formatTime(decidedAtMs)})`;
}

function originalText(original: ShownLetter['original']): string {
  if (original.topic === undefined) return 'it does not say';
  const appended = original.appendedAtMs === undefined ? '' : `, appended ${formatTime(original.appendedAtMs)}`;
  return printable(`${original.topic} / ${original.partition ?? '?'} / ${original.offset ?? '?'}${appended}`);
}

function failurePart({ failure, attempts, redriveCount }: ShownLetter, style: Style): string {
  const what = [failure.code ?? 'no code', ...(failure.kind === undefined ? [] : [`(${failure.kind})`])].join(' ');
  const redrives = redriveCount === 0 ? '' : `, ${redriveCount} ${redriveCount === 1 ? 'redrive' : 'redrives'}`;
  const pairs = renderPairs(
    [
      ['why', style.bad(printable(what))],
      ['message', failure.message === undefined ? undefined : printable(failure.message)],
      ['class', failure.class === undefined ? undefined : printable(failure.class)],
      ['runs', `${attempts}${redrives}`],
      ['failing since', failure.firstFailureAtMs === undefined ? undefined : formatTime(failure.firstFailureAtMs)],
    ],
    style,
  );
  if (failure.stack === undefined) return pairs;
  return `${pairs}\n${failure.stack
    .split('\n')
    .map((line) => style.faint(printable(line)))
    .join('\n')}`;
}

function historyPart(
  history: readonly HistoryStep[],
  room: { readonly style: Style; readonly width: number },
  nowMs: number,
): string {
  const last = history.at(-1);
  const table = renderNarrowTable<HistoryStep>(
    [
      { title: 'WHEN', value: ({ place }) => formatTime(place.appendedAtMs) },
      { title: 'TO', value: ({ place }) => `${place.topic} / ${place.partition} / ${place.offset}` },
      { title: 'AS', value: ({ step }) => step },
      { title: 'RUNS', value: ({ attempts }) => String(attempts), align: 'right' },
      { title: 'CODE', value: ({ code }) => code ?? '' },
      { title: 'MESSAGE', value: ({ message }) => briefMessage(message ?? ''), maxWidth: 60, least: 12, dropRank: 1 },
    ],
    history,
    room,
  );
  return last?.dueAtMs === undefined ? table : `${table}\n${room.style.warn(dueText(last.dueAtMs, nowMs))}`;
}

/** The exception's texts are above, and a stack in a table helps nobody. */
function headersPart(headers: Readonly<Record<string, string>>, style: Style): string {
  const shown = Object.entries(headers).filter(([name]) => !name.startsWith('x-exception-'));
  const pairs = shown.map(([name, value]) => [printable(name), printable(readable(name, value))] as const);
  return `${style.strong('headers')}\n${renderPairs(pairs, style)}`;
}

/** Times are epoch milliseconds on the record. */
function readable(name: string, value: string): string {
  return /-(?:at|timestamp)$/.test(name) && /^\d{13}$/.test(value) ? `${value}  ${formatTime(Number(value))}` : value;
}

function contentPart({ event, undecodable }: ShownLetter, style: Style): string {
  if (undecodable !== undefined) return undecodablePart(undecodable, style);
  return `${style.strong('decoded event')}\n${toJson(event).split('\n').map(printable).join('\n')}`;
}

const bytesPerLine = 32;

const failureTexts = {
  ends_early: 'the value ends there',
  not_such_a_value: 'what stands there is no such value',
  bytes_left: 'the record is over there, and bytes are left',
} as const;

function undecodablePart({ reason, failure, bytes, hex }: Undecodable, style: Style): string {
  const shown = Buffer.from(hex, 'hex');
  const lines = Array.from({ length: Math.ceil(shown.length / bytesPerLine) }, (_, index) => {
    const line = shown.subarray(index * bytesPerLine, (index + 1) * bytesPerLine);
    const text = line.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.');
    return `${style.faint(String(index * bytesPerLine).padStart(4))}  ${line.toString('hex').padEnd(bytesPerLine * 2)}  ${text}`;
  });
  const rest = bytes > shown.length ? [style.faint(`and ${bytes - shown.length} more bytes`)] : [];
  return [
    `${style.strong('content')}  ${style.bad(`unreadable: ${printable(reason)}`)}, ${bytes} bytes`,
    ...(failure === undefined
      ? []
      : [
          `  at byte ${failure.byte}${failure.path === '' ? '' : `, ${printable(failure.path)}`}: ${failureTexts[failure.reason]}`,
        ]),
    ...lines,
    ...rest,
  ].join('\n');
}

function nextPart(letter: ShownLetter, style: Style): string {
  const { redrive, discard, reopen, failure, traceIds, eventId, state } = letter;
  const [trace] = traceIds;
  const isDone = state === 'applied' || state === 'stale';
  const fix = isDone
    ? 'nothing to do: it was done since'
    : state === 'discarded'
      ? 'nothing to do: it was put aside'
      : failure.advice;
  return renderPairs(
    [
      ['trace', trace === undefined ? undefined : `trunkline trace ${trace}`],
      ['events', eventId === undefined ? undefined : `trunkline events show ${eventId}`],
      ['fix', fix],
      ['then', redrive === undefined ? undefined : `${redrive} --dry-run`],
      ['', redrive],
      ['or', discard],
      ['undo', reopen],
    ],
    style,
  );
}
