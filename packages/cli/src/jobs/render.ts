import type { Job } from '@trunkline/journal';
import { formatAge, formatTime } from '@trunkline/operations';

import { renderNarrowTable } from '../render/narrow-table.ts';
import { progressLine } from '../render/progress.ts';
import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import { doneOf } from './follow.ts';

interface Room {
  readonly style: Style;
  readonly width: number;
}

/** Jobs, one a line. */
export function renderJobs(jobs: readonly Job[], nowMs: number, { style, width }: Room): string {
  return renderNarrowTable<Job>(
    [
      { title: 'JOB', value: ({ id }) => id, paint: (cell) => style.strong(cell) },
      { title: 'GROUP', value: ({ group }) => group },
      { title: 'STATE', value: stateText },
      { title: 'DONE', value: (job) => `${doneOf(job)}/${job.counts.planned}`, align: 'right' },
      { title: 'DIED AGAIN', value: ({ counts }) => String(counts.diedAgain), align: 'right', dropRank: 2 },
      { title: 'RATE', value: ({ rate }) => `${rate}/s`, align: 'right', dropRank: 3 },
      { title: 'BY', value: ({ actor }) => actor, maxWidth: 24, dropRank: 1 },
      { title: 'AGE', value: ({ createdAtMs }) => formatAge(nowMs - createdAtMs), align: 'right' },
      { title: 'NOTE', value: ({ note }) => note, maxWidth: 40, least: 10, dropRank: 4 },
    ],
    jobs,
    { style, width },
  );
}

/** What people see of its phase. */
export function stateText({ state, ending, wanted }: Job): string {
  if (state === 'ended') return ending ?? 'done';
  if (state === 'awaiting') return ending === undefined || ending === 'done' ? 'awaiting outcomes' : ending;
  if (wanted === 'cancel') return 'cancelling';
  if (wanted === 'pause') return 'paused';
  return state;
}

export interface ShownJob {
  readonly job: Job;
  /** Why letters were skipped or returned. */
  readonly reasons: readonly { readonly state: string; readonly reason: string; readonly letters: number }[];
}

export function renderJob({ job, reasons }: ShownJob, { style }: Room): string {
  const { counts } = job;
  const why = (state: string): string =>
    reasons
      .filter((each) => each.state === state)
      .map(({ reason, letters }) => `${letters} ${reason.replaceAll('_', ' ')}`)
      .join(', ');
  const told = (count: number, more = ''): string | undefined => (count === 0 ? undefined : `${count}${more}`);
  const state = stateText(job);
  return [
    `${style.strong('job')}  ${job.id}  ${job.kind} of ${job.group}  ${state === 'done' ? style.good(state) : style.warn(state)}`,
    renderPairs(
      [
        ['progress', counts.planned === 0 ? undefined : progressLine('', doneOf(job), counts.planned).trim()],
        ['why', job.reason === undefined ? undefined : printable(job.reason)],
        ['applied', told(counts.applied)],
        ['stale', told(counts.stale, ', newer state was there')],
        ['died again', told(counts.diedAgain, `: trunkline dlq list ${job.group} --all --job ${job.id}`)],
        ['on their way', told(counts.sent)],
        ['queued', told(counts.queued)],
        ['skipped', told(counts.skipped, `: ${why('skipped')}`)],
        ['open again', told(counts.returned, `: ${why('returned')}`)],
        ['rate', job.state === 'ended' ? undefined : `${job.rate}/s`],
        ['asked', `${formatTime(job.createdAtMs)} by ${printable(job.actor)}`],
        ['note', job.note === '' ? undefined : printable(job.note)],
        ['next', nextOf(job)],
      ],
      style,
    ),
  ].join('\n');
}

function nextOf({ id, state, wanted, ending }: Job): string | undefined {
  if (state === 'ended' || ending !== undefined || wanted === 'cancel') return undefined;
  return wanted === 'pause'
    ? `trunkline jobs resume ${id}; trunkline jobs cancel ${id}`
    : `trunkline jobs pause ${id}; trunkline jobs rate ${id} 200/s; trunkline jobs cancel ${id}`;
}
