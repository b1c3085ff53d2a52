import { formatTime } from '@trunkline/operations/units';
import type { AuditRow } from '@trunkline/postgres';

import type { Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';

/** An entry as `--json` prints it. */
export function documentOfEntry({ at, prev: _prev, ...rest }: AuditRow): Readonly<Record<string, unknown>> {
  return { ...rest, at: formatTime(at.getTime()) };
}

export function renderEntries(entries: readonly AuditRow[], style: Style): string {
  return renderTable<AuditRow>(
    [
      { title: 'NO', value: ({ seq }) => String(seq), align: 'right' },
      { title: 'AT', value: ({ at }) => formatTime(at.getTime()) },
      { title: 'ACTOR', value: ({ actor }) => actor },
      { title: 'TENANT', value: ({ tenant }) => tenant ?? '-' },
      { title: 'ACTION', value: ({ action }) => action },
      { title: 'TARGET', value: ({ target }) => target },
      { title: 'WHY', value: ({ note }) => note, maxWidth: 60 },
    ],
    entries,
    style,
  );
}
