import type { Replay } from '@trunkline/journal';
import { formatTime } from '@trunkline/operations/units';

import { progressLine } from '../render/progress.ts';
import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';

/** What people see of its phase. */
export function stateText({ state, ending, wanted }: Replay): string {
  if (state === 'ended') return ending ?? 'done';
  if (wanted === 'cancel') return 'cancelling';
  if (wanted === 'pause') return 'paused';
  return state;
}

export interface ShownReplay {
  readonly replay: Replay;
  /** Why deliveries were skipped or returned. */
  readonly reasons: readonly { readonly state: string; readonly reason: string; readonly deliveries: number }[];
}

export function renderReplayJob({ replay, reasons }: ShownReplay, { style }: { readonly style: Style }): string {
  const { counts, id, source } = replay;
  const told = (count: number, more = ''): string | undefined => (count === 0 ? undefined : `${count}${more}`);
  const why = (state: string): string =>
    reasons
      .filter((each) => each.state === state)
      .map(({ reason, deliveries }) => `${deliveries} ${reason.replaceAll('_', ' ')}`)
      .join(', ');
  const state = stateText(replay);
  return [
    `${style.strong('job')}  ${id}  replay of ${source}  ${state === 'done' ? style.good(state) : style.warn(state)}`,
    renderPairs(
      [
        [
          'progress',
          counts.planned === 0 ? undefined : progressLine('', counts.planned - counts.queued, counts.planned).trim(),
        ],
        ['why', replay.reason === undefined ? undefined : printable(replay.reason)],
        ['published', told(counts.published, `: ${counts.events} events`)],
        ['queued', told(counts.queued)],
        ['nothing published', told(counts.skipped, `: ${why('skipped')}`)],
        ['left as they were', told(counts.returned, `: ${why('returned')}`)],
        [
          'received',
          `${formatTime(replay.sinceMs)} until ${formatTime(replay.untilMs)}: ${replay.verdicts.join(', ')}`,
        ],
        ['correction', told(replay.correction)],
        ['rate', replay.state === 'ended' ? undefined : `${replay.rate}/s`],
        ['asked', `${formatTime(replay.createdAtMs)} by ${printable(replay.actor)}`],
        ['note', printable(replay.note)],
        ['next', nextOf(replay)],
      ],
      style,
    ),
  ].join('\n');
}

function nextOf({ id, state, wanted }: Replay): string | undefined {
  if (state === 'ended' || wanted === 'cancel') return undefined;
  return wanted === 'pause'
    ? `trunkline jobs resume ${id}; trunkline jobs cancel ${id}`
    : `trunkline jobs pause ${id}; trunkline jobs rate ${id} 50/s; trunkline jobs cancel ${id}`;
}
