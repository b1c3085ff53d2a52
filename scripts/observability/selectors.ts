/** What an expression of PromQL asks for, as far as our own expressions go: no subqueries by name, no recording rules. */
export interface Selected {
  readonly metric: string;
  /** Of the selector itself. */
  readonly labels: readonly string[];
}

export interface Reading {
  readonly selected: readonly Selected[];
  /** Named by `by`, `on` and the like. */
  readonly grouped: readonly string[];
}

const words = new Set(['and', 'or', 'unless', 'offset', 'bool', 'by', 'without', 'on', 'ignoring']);

export function readExpression(expression: string): Reading {
  const grouped: string[] = [];
  const rest = expression
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/offset \w+/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g, (_, labels: string) => {
      grouped.push(...labels.split(',').map((label) => label.trim()));
      return '';
    });
  const selected: Selected[] = [];
  // A name with braces, or one that is no function.
  const unbraced = rest.replaceAll(
    /([a-zA-Z_:][\w:]*)\{((?:[^}"]|"[^"]*")*)\}/g,
    (_, metric: string, inside: string) => {
      selected.push({ metric, labels: [...inside.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label) });
      return '';
    },
  );
  for (const [name] of unbraced.matchAll(/(?<![\w.])[a-zA-Z_]\w*(?!\w)(?!\s*\()/g))
    if (!words.has(name)) selected.push({ metric: name, labels: [] });
  return { selected, grouped };
}
