import type { AclDiff, AclRule } from '@trunkline/kafka';

import type { Style } from './render/style.ts';
import { renderTable } from './render/table.ts';

/** The rules that differ, for a document: each with what is the matter with it. */
export function aclReport({ missing, surplus }: AclDiff): readonly AclDifference[] {
  return [
    ...missing.map((rule) => ({ ...rule, state: 'missing' as const })),
    ...surplus.map((rule) => ({ ...rule, state: 'too much' as const })),
  ];
}

export interface AclDifference extends AclRule {
  readonly state: 'missing' | 'too much';
}

export function renderAcls(differences: readonly AclDifference[], style: Style): string {
  return renderTable(
    [
      { title: 'USER', value: ({ user }) => user },
      { title: 'MAY', value: ({ operation }) => operation.replace('_', ' ') },
      { title: 'WHAT', value: ({ resource }) => resource },
      { title: 'NAME', value: ({ name, beginsWith }) => (beginsWith === true ? `${name}*` : name) },
      { title: 'STATE', value: ({ state }) => state, paint: (cell) => style.bad(cell) },
    ],
    differences,
    style,
  );
}
