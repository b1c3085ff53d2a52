import type { SchemaReport } from '@trunkline/operations';

import type { Style } from './render/style.ts';
import { renderTable } from './render/table.ts';

export function renderSchemas(reports: readonly SchemaReport[], style: Style): string {
  return renderTable(
    [
      { title: 'SUBJECT', value: ({ subject }) => subject },
      { title: 'ID', value: ({ id }) => (id === undefined ? '' : String(id)), align: 'right' },
      {
        title: 'STATE',
        value: ({ state }) => state,
        paint: (cell, { state }) =>
          state === 'refused' ? style.bad(cell) : state === 'missing' ? style.warn(cell) : style.good(cell),
      },
      { title: 'REASON', value: ({ reasons }) => reasons.join('; ') },
    ],
    reports,
    style,
  );
}
