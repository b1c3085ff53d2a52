export interface TreeNode<Value> {
  readonly value: Value;
  readonly children: readonly TreeNode<Value>[];
}

export interface TreeLine<Value> {
  /** The branches in front of the label: `│  ├─ `. */
  readonly prefix: string;
  readonly value: Value;
}

/** The lines of a tree from the top, each with its branches. The caller writes labels and columns behind them. */
export function treeLines<Value>(root: TreeNode<Value>): readonly TreeLine<Value>[] {
  const lines: TreeLine<Value>[] = [];
  // A stack of our own, not recursion: a trace may be deeper than the call stack.
  const waiting: { node: TreeNode<Value>; prefix: string; below: string }[] = [{ node: root, prefix: '', below: '' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    lines.push({ prefix: next.prefix, value: next.node.value });
    const { below } = next;
    const children = next.node.children.map((node, index, all) => {
      const last = index === all.length - 1;
      return { node, prefix: `${below}${last ? '└─ ' : '├─ '}`, below: `${below}${last ? '   ' : '│  '}` };
    });
    waiting.push(...children.reverse());
  }
  return lines;
}
