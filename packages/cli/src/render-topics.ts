import type { TopicReport } from '@trunkline/operations';

import type { Style } from './render/style.ts';
import { renderTable } from './render/table.ts';

/** Topics a row each, and below them how they differ: in full, for it says what to do, and a line may be long. */
export function renderTopics(reports: readonly TopicReport[], style: Style): string {
  const table = renderTable(
    [
      { title: 'TOPIC', value: ({ topic }) => topic },
      { title: 'PARTITIONS', value: ({ partitions }) => String(partitions), align: 'right' },
      { title: 'REPLICAS', value: ({ replicationFactor }) => String(replicationFactor), align: 'right' },
      {
        title: 'STATE',
        value: ({ state }) => state,
        paint: (cell, { state }) => (state === 'in order' ? style.good(cell) : style.bad(cell)),
      },
    ],
    reports,
    style,
  );
  const differences = reports.flatMap(({ topic, differences: own }) =>
    own.map((difference) => `${style.bad('✗')} ${topic}: ${difference}`),
  );
  return [table, ...(differences.length === 0 ? [] : ['', ...differences])].join('\n');
}
