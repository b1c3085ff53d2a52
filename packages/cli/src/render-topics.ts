import type { TopicReport } from '@trunkline/operations';

import type { Style } from './render/style.ts';
import { renderTable } from './render/table.ts';

export function renderTopics(reports: readonly TopicReport[], style: Style): string {
  return renderTable(
    [
      { title: 'TOPIC', value: ({ topic }) => topic },
      { title: 'PARTITIONS', value: ({ partitions }) => String(partitions), align: 'right' },
      { title: 'REPLICAS', value: ({ replicationFactor }) => String(replicationFactor), align: 'right' },
      {
        title: 'STATE',
        value: ({ state }) => state,
        paint: (cell, { state }) => (state === 'in order' ? style.good(cell) : style.bad(cell)),
      },
      { title: 'DIFFERENCE', value: ({ differences }) => differences.join('; ') },
    ],
    reports,
    style,
  );
}
