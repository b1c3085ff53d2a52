/** The rules of this repository that no linter ships. oxlint.config.ts turns them on; test/repo shows that they bite. */
import { objectionTo, placeOf } from './imports-rule.ts';

/** The little of ESLint's syntax tree that the rules look at. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: string;
  readonly loc: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
}
type SourceOwner = Node & { readonly source?: Node | null };
type Call = Node & { readonly callee: Node; readonly arguments: readonly Node[] };
type Cast = Node & { readonly typeAnnotation: Node & { readonly typeName?: Node } };

interface Context {
  readonly filename: string;
  readonly sourceCode: { readonly getAllComments: () => readonly Node[] };
  readonly report: (finding: { readonly node: Node; readonly message: string }) => void;
}
type Visitor = Readonly<Record<string, (node: never) => void>>;

const imports = {
  create(context: Context): Visitor {
    const place = placeOf(context.filename);
    const check = (node: Node, source: Node | null | undefined): void => {
      if (typeof source?.value !== 'string') return;
      const message = objectionTo(source.value, place);
      if (message !== undefined) context.report({ node, message });
    };
    const checkSource = (node: SourceOwner): void => check(node, node.source);
    return {
      ImportDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      ImportExpression: checkSource,
      TSImportType: checkSource,
      CallExpression: (node: Call): void => {
        if (node.callee.name === 'require') check(node, node.arguments[0]);
      },
    };
  },
};

/** A cast switches the compiler off, so a sentence beside it (same line, or the line above) says why it holds. */
const castReason = {
  create(context: Context): Visitor {
    let commented: ReadonlySet<number> | undefined;
    return {
      TSAsExpression: (node: Cast): void => {
        if (node.typeAnnotation.typeName?.name === 'const') return;
        commented ??= linesWithComments(context);
        const { start, end } = node.loc;
        for (let line = start.line - 1; line <= end.line; line += 1) if (commented.has(line)) return;
        context.report({
          node,
          message: 'A cast needs a comment on its line or the line above that says why it holds.',
        });
      },
    };
  },
};

function linesWithComments(context: Context): ReadonlySet<number> {
  const lines = new Set<number>();
  for (const { loc } of context.sourceCode.getAllComments()) {
    for (let line = loc.start.line; line <= loc.end.line; line += 1) lines.add(line);
  }
  return lines;
}

export default { meta: { name: 'trunkline' }, rules: { imports, 'cast-reason': castReason } };
