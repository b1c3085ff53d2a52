import type { LetterBucket } from '@trunkline/journal';
import { adviceFor, briefMessage } from '@trunkline/operations';
import { formatAge } from '@trunkline/operations/units';

import { renderNarrowTable } from '../render/narrow-table.ts';
import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';

/** A line of the histogram as it is told. */
export interface ShownBucket extends LetterBucket {
  /** What has to be put right first. */
  readonly advice: string;
  /** Where that is described. */
  readonly runbook: string;
}

const runbook = 'docs/runbooks/dead-letters.md';

export function shownBucket(bucket: LetterBucket): ShownBucket {
  return { ...bucket, advice: adviceFor(bucket.code), runbook };
}

export function renderStats(
  buckets: readonly ShownBucket[],
  nowMs: number,
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  const table = renderNarrowTable<ShownBucket>(
    [
      { title: 'GROUP', value: ({ group }) => group },
      { title: 'OPEN', value: ({ open }) => String(open), align: 'right', paint: (cell) => style.strong(cell) },
      { title: 'UNDER WAY', value: ({ underWay }) => String(underWay), align: 'right', dropRank: 3 },
      { title: 'TOTAL', value: ({ total }) => String(total), align: 'right', dropRank: 4 },
      { title: 'TENANTS', value: ({ tenants }) => String(tenants), align: 'right', dropRank: 2 },
      { title: 'CODE', value: ({ code }) => code ?? 'none', paint: (cell) => style.bad(cell) },
      { title: 'CLASS', value: (bucket) => bucket.class ?? '', maxWidth: 32, dropRank: 5 },
      { title: 'TOPIC', value: ({ topic }) => topic ?? '', dropRank: 6 },
      { title: 'FIRST', value: ({ firstDiedAtMs }) => formatAge(nowMs - firstDiedAtMs), align: 'right', dropRank: 1 },
      { title: 'LAST', value: ({ lastDiedAtMs }) => formatAge(nowMs - lastDiedAtMs), align: 'right' },
      {
        title: 'STATE',
        value: ({ state }) => state,
        paint: (cell, { state }) => (state === 'back' ? style.bad(cell) : cell),
        dropRank: 7,
      },
      { title: 'CAUSE', value: ({ cause }) => cause },
    ],
    buckets,
    { style, width },
  );
  return [
    table,
    ...buckets
      .filter(({ open, state }) => open > 0 && state !== 'muted')
      .slice(0, mostExplained)
      .map((bucket) => explain(bucket, style)),
  ].join('\n\n');
}

/** The largest ones; the others are told of by their lines. */
const mostExplained = 5;

function explain(bucket: ShownBucket, style: Style): string {
  const { cause, frame, constraint, sample, sampleMessage, advice, group, decision, state } = bucket;
  return [
    style.strong(cause),
    renderPairs(
      [
        ['  at', frame === undefined ? undefined : printable(frame)],
        ['  constraint', constraint === undefined ? undefined : printable(constraint)],
        ['  message', sampleMessage === undefined ? undefined : printable(briefMessage(sampleMessage))],
        [
          '  decided',
          decision === undefined ? undefined : printable(`${state}: ${decision.reason} (${decision.actor})`),
        ],
        ['  advice', advice],
        ['  one of them', `trunkline dlq show ${sample}`],
        ['  fixed?', `trunkline dlq redrive ${group} --all --cause ${cause} --reason "…" --dry-run`],
      ],
      style,
    ),
  ].join('\n');
}
