import type { Job } from '@trunkline/journal';
import { formatTime } from '@trunkline/operations/units';

import { progressLine } from '../render/progress.ts';
import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';

interface Room {
  readonly style: Style;
  readonly width: number;
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

/** Letters that nothing more is done about. */
function doneOf({ counts: { planned, queued, sent } }: Job): number {
  return planned - queued - sent;
}
