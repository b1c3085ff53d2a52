import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import type { Latency } from './latency.ts';
import type { Answer } from './post.ts';

export interface Sending {
  readonly provider: string;
  readonly fixture: string;
  readonly sourceId: string;
  readonly url: string;
  readonly answers: readonly Answer[];
  /** Distinct, in the order first seen. */
  readonly eventIds: readonly string[];
  readonly latency: Latency | undefined;
}

/** More ids than this are counted, not listed; --json has them all. */
const listedIds = 5;

export function renderSending(sending: Sending, style: Style): string {
  const { answers, eventIds } = sending;
  const first = answers[0];
  const accepted = answers.filter((answer) => answer.status >= 200 && answer.status < 300).length;
  const summary = `${sending.provider} ${sending.fixture} → ${sending.sourceId}  ${statusLine(answers, style)}`;
  const refusal = answers.find((answer) => answer.status >= 400);
  const deliveries = answers.flatMap((answer) => answer.deliveryId ?? []);
  const pairs: [string, string | undefined][] = [
    ['to', sending.url],
    ['delivery', some(deliveries)],
    [eventIds.length === 1 ? 'event' : 'events', some(eventIds)],
    ['latency', latencyLine(answers, sending.latency)],
    [
      'refused',
      refusal === undefined
        ? undefined
        : printable([refusal.code, refusal.detail].filter((part) => part !== undefined).join(': ')) || undefined,
    ],
    ['retry after', refusal?.retryAfter === undefined ? undefined : `${printable(refusal.retryAfter)} s`],
    ['next', next(sending, first, accepted)],
  ];
  return `${summary}\n${renderPairs(pairs, style)}`;
}

function statusLine(answers: readonly Answer[], style: Style): string {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .toSorted(([left], [right]) => left - right)
    .map(([status, count]) =>
      (status < 300 ? style.good : style.bad)(
        count === 1 && answers.length === 1 ? `${status}` : `${count} × ${status}`,
      ),
    )
    .join('  ');
}

function latencyLine(answers: readonly Answer[], latency: Latency | undefined): string | undefined {
  if (latency === undefined) return undefined;
  if (answers.length === 1) return `${latency.maxMs.toFixed(1)} ms`;
  return `p50 ${latency.p50Ms.toFixed(1)} ms  p99 ${latency.p99Ms.toFixed(1)} ms  max ${latency.maxMs.toFixed(1)} ms`;
}

function some(ids: readonly string[]): string | undefined {
  if (ids.length === 0) return undefined;
  const listed = ids.slice(0, listedIds).join(' ');
  return ids.length > listedIds
    ? `${listed} … (${ids.length} in all)`
    : ids.length > 1
      ? `${listed} (${ids.length})`
      : listed;
}

function next(sending: Sending, first: Answer | undefined, accepted: number): string | undefined {
  const id = sending.eventIds[0] ?? first?.deliveryId;
  return accepted > 0 && id !== undefined ? `trunkline events show ${id}` : undefined;
}
