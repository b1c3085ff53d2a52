import { describe, expect, it } from 'vitest';

import { treeLines, type TreeNode } from './tree.ts';

const node = (value: string, ...children: TreeNode<string>[]): TreeNode<string> => ({ value, children });

describe('a tree', () => {
  it('draws a branch for each node and goes on beside nodes that have followers', () => {
    const lines = treeLines(node('root', node('a', node('a1'), node('a2')), node('b', node('b1'))));

    expect(lines.map((line) => line.prefix + line.value)).toEqual([
      'root',
      '├─ a',
      '│  ├─ a1',
      '│  └─ a2',
      '└─ b',
      '   └─ b1',
    ]);
  });

  it('of ten thousand levels is drawn without running out of stack', () => {
    let deep = node('leaf');
    for (let level = 0; level < 10_000; level += 1) deep = node('n', deep);

    expect(treeLines(deep)).toHaveLength(10_001);
  });
});
