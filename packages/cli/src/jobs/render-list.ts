import { formatAge } from '@trunkline/operations/units';

import { renderNarrowTable } from '../render/narrow-table.ts';
import type { Style } from '../render/style.ts';
import type { SeenJob } from './seen-job.ts';

/** Jobs, one a line. */
export function renderJobs(
  jobs: readonly SeenJob[],
  nowMs: number,
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  return renderNarrowTable<SeenJob>(
    [
      { title: 'JOB', value: ({ id }) => id, paint: (cell) => style.strong(cell) },
      { title: 'KIND', value: ({ kind }) => kind },
      { title: 'OF', value: ({ of }) => of },
      { title: 'STATE', value: ({ stateText }) => stateText },
      { title: 'DONE', value: ({ done, total }) => `${done}/${total}`, align: 'right' },
      { title: 'FAILED', value: ({ failed }) => String(failed), align: 'right', dropRank: 2 },
      { title: 'RATE', value: ({ rate }) => `${rate}/s`, align: 'right', dropRank: 3 },
      { title: 'BY', value: ({ actor }) => actor, maxWidth: 24, dropRank: 1 },
      { title: 'AGE', value: ({ createdAtMs }) => formatAge(nowMs - createdAtMs), align: 'right' },
      { title: 'NOTE', value: ({ note }) => note, maxWidth: 40, least: 10, dropRank: 4 },
    ],
    jobs,
    { style, width },
  );
}
