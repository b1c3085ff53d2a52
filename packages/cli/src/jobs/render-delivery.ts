import { type DeliveryJob, jobSeconds } from '@trunkline/delivery';
import { formatAge, formatTime } from '@trunkline/operations/units';

import { renderNarrowTable } from '../render/narrow-table.ts';
import { progressLine } from '../render/progress.ts';
import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';

interface Room {
  readonly style: Style;
  readonly width: number;
}

/** What people see of its phase. */
export function stateText({ state, ending, wanted }: DeliveryJob): string {
  if (state === 'ended') return ending ?? 'done';
  if (state === 'awaiting') return 'awaiting outcomes';
  if (wanted === 'cancel') return 'cancelling';
  if (wanted === 'pause') return 'paused';
  return state;
}

interface Line {
  readonly reason: string;
  readonly count: number;
  readonly isChosen: boolean;
}

export function renderDeliveryJob(job: DeliveryJob, { style, width }: Room): string {
  const { counts, query, countedAtMs } = job;
  const told = (count: number, more = ''): string | undefined => (count === 0 ? undefined : `${count}${more}`);
  const state = stateText(job);
  const isGood = state === 'done' || state === 'counted';
  const lines: readonly Line[] = [
    ...Object.entries(job.chosen).map(([reason, count]) => ({ reason, count, isChosen: true })),
    ...Object.entries(job.leftAlone).map(([reason, count]) => ({ reason, count, isChosen: false })),
  ];
  return [
    `${style.strong('job')}  ${job.id}  ${job.kind} of ${job.endpointId}  ${isGood ? style.good(state) : style.warn(state)}`,
    renderPairs(
      [
        [
          'progress',
          job.isDryRun || counts.total === 0
            ? undefined
            : progressLine('', counts.done - counts.waiting, counts.total).trim(),
        ],
        ['why', job.reason === undefined ? undefined : printable(job.reason)],
        ['delivered', told(counts.delivered)],
        ['not delivered', told(counts.undelivered, `: trunkline undelivered --endpoint ${job.endpointId} --summary`)],
        ['on their way', told(counts.waiting)],
        ['taken back', told(counts.returned)],
        [
          'accepted',
          `${query.sinceMs === 0 ? 'from the first' : formatTime(query.sinceMs)} until ${formatTime(query.untilMs)}`,
        ],
        ['stored', storedText(job)],
        ['takes', countedAtMs === undefined ? undefined : takesText(job)],
        ['asked', `${formatTime(job.createdAtMs)} by ${printable(job.actor)}`],
        ['note', job.note === '' ? undefined : printable(job.note)],
        ['next', nextOf(job)],
      ],
      style,
    ),
    ...(lines.length === 0
      ? []
      : [
          '',
          renderNarrowTable<Line>(
            [
              { title: 'MESSAGES', value: ({ count }) => String(count), align: 'right' },
              { title: job.kind.toUpperCase(), value: ({ isChosen }) => (isChosen ? 'yes' : 'no') },
              { title: 'BECAUSE', value: ({ reason }) => reason },
            ],
            lines,
            { style, width },
          ),
        ]),
  ].join('\n');
}

/** Where what is stored ends, if more was asked for. */
function storedText({ storedSinceMs, query, countedAtMs }: DeliveryJob): string | undefined {
  if (countedAtMs === undefined) return undefined;
  if (storedSinceMs === undefined) return 'no message of this tenant is stored';
  return query.sinceMs < storedSinceMs
    ? `since ${formatTime(storedSinceMs)}; what came before cannot be sent`
    : undefined;
}

function takesText(job: DeliveryJob): string | undefined {
  if (job.kind === 'discard' || job.state === 'ended') return job.isDryRun ? estimate(job) : undefined;
  return estimate(job);
}

function estimate(job: DeliveryJob): string {
  return `${formatAge(jobSeconds(job) * 1_000)} at ${job.rate}/s, or as long as the endpoint needs`;
}

function nextOf({ id, state, wanted, isDryRun, endpointId, kind }: DeliveryJob): string | undefined {
  if (isDryRun) return state === 'ended' ? `trunkline jobs start ${kind} ${endpointId} … without --dry-run` : undefined;
  if (state === 'ended' || state === 'awaiting' || wanted === 'cancel') return undefined;
  return wanted === 'pause'
    ? `trunkline jobs resume ${id}; trunkline jobs cancel ${id}`
    : `trunkline jobs pause ${id}; trunkline jobs rate ${id} 200/s; trunkline jobs cancel ${id}`;
}
