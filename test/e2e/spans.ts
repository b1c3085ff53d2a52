/** The trace store, asked directly: whether a trace has arrived whole, and what its tree holds. */
import { until } from '@trunkline/installation';
import type { TestInstallation } from '@trunkline/testkit';

/** A node of the tree that `trunkline trace --json` answers with. */
export interface TraceNode {
  readonly value:
    | { readonly kind: 'missing' }
    | { readonly kind: 'span'; readonly span: TraceNodeSpan; readonly linked: boolean };
  readonly children: readonly TraceNode[];
}

export interface TraceNodeSpan {
  readonly traceId: string;
  readonly service: string;
  readonly name: string;
  readonly error?: string;
}

const arrivalDeadlineMs = 20_000;

/** Waits until so many spans of a name have arrived: they come a moment after what they tell of. */
export async function untilSpans(
  world: TestInstallation,
  traceId: string,
  wanted: { readonly name: string; readonly count: number },
): Promise<void> {
  const url = `${world.installation.endpoints.zipkinUrl}/api/v2/trace/${traceId}`;
  await until(
    `${wanted.count} spans ${wanted.name} of ${traceId}`,
    async () => {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      if (!response.ok) return false;
      // Zipkin answers with an array of spans; names are in lower case there.
      const spans = (await response.json()) as readonly { readonly name?: string }[];
      return spans.filter(({ name }) => name === wanted.name).length >= wanted.count;
    },
    { deadlineMs: arrivalDeadlineMs, everyMs: 200 },
  );
}

/** Every node of the tree, parents first. */
export function nodesOf(tree: TraceNode): readonly TraceNode[] {
  return [tree, ...tree.children.flatMap(nodesOf)];
}

/** The spans of the tree as `<service> <name>`, parents first. */
export function spanNames(tree: TraceNode): readonly string[] {
  return nodesOf(tree).map(({ value }) =>
    value.kind === 'missing' ? '(missing)' : `${value.span.service} ${value.span.name}`,
  );
}

/** The ancestors of the first span of that name, itself last; empty when there is none. */
export function pathTo(tree: TraceNode, name: string): readonly string[] {
  const own = tree.value.kind === 'missing' ? '(missing)' : tree.value.span.name;
  if (own === name) return [own];
  for (const child of tree.children) {
    const below = pathTo(child, name);
    if (below.length > 0) return [own, ...below];
  }
  return [];
}
