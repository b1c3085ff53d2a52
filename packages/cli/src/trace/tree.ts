import type { TraceSpan } from '@trunkline/operations';
import { formatMicroseconds } from '@trunkline/operations/units';

import { padEnd, padStart, printable, shorten, type Style, widthOf } from '../render/style.ts';
import { treeLines, type TreeNode } from '../render/tree.ts';

/** A span, or the place of one that never reached the store. */
export type TraceEntry =
  | { readonly kind: 'span'; readonly span: TraceSpan; readonly linked: boolean }
  | { readonly kind: 'missing'; readonly label: string };

/**
 * One tree out of the spans of one or more traces. A trace that continues another through a link hangs under the
 * span it links to; a span whose parent was never stored hangs under the root, so that nothing is left out.
 */
export function buildTraceTree(spans: readonly TraceSpan[]): TreeNode<TraceEntry> | undefined {
  const byId = new Map(spans.map((span) => [idOf(span.traceId, span.spanId), span]));
  const childrenOf = new Map<TraceSpan, { span: TraceSpan; linked: boolean }[]>();
  const roots: TraceSpan[] = [];
  for (const span of [...byId.values()].toSorted((left, right) => left.startUs - right.startUs)) {
    const place = placeOf(span, byId);
    if (place === undefined) roots.push(span);
    else childrenOf.set(place.parent, [...(childrenOf.get(place.parent) ?? []), { span, linked: place.linked }]);
  }
  // Each span has one parent at most, so what hangs below a root has no circle, whatever the store answered.
  const grow = (span: TraceSpan, linked: boolean): TreeNode<TraceEntry> => ({
    value: { kind: 'span', span, linked },
    children: (childrenOf.get(span) ?? []).map((child) => grow(child.span, child.linked)),
  });
  return joinRoots(roots.map((root) => ({ root, tree: grow(root, false) })));
}

/**
 * Zipkin keeps no links. Whoever asks by event id names all traces of the event, so the later ones hang under the
 * first. Two roots of one trace mean that the span above them was never stored.
 */
function joinRoots(
  roots: readonly { readonly root: TraceSpan; readonly tree: TreeNode<TraceEntry> }[],
): TreeNode<TraceEntry> | undefined {
  const first = roots[0];
  if (first === undefined) return undefined;
  const sameTrace = roots.filter(({ root }) => root.traceId === first.root.traceId).map(({ tree }) => tree);
  const later = roots
    .filter(({ root }) => root.traceId !== first.root.traceId)
    .map(({ root, tree }) => ({ ...tree, value: { kind: 'span', span: root, linked: true } as const }));
  if (sameTrace.length === 1) return { ...first.tree, children: [...first.tree.children, ...later] };
  return { value: { kind: 'missing', label: '(a span that was not stored)' }, children: [...sameTrace, ...later] };
}

/** The tree as lines: name, service, duration, and a bar that shows when in the whole it ran. */
export function renderTraceTree(tree: TreeNode<TraceEntry>, style: Style, width: number): string {
  const lines = treeLines(tree);
  const spans = lines.flatMap((line) => (line.value.kind === 'span' ? [line.value.span] : []));
  const fromUs = Math.min(...spans.map((span) => span.startUs));
  const toUs = Math.max(...spans.map((span) => span.startUs + span.durationUs));
  const serviceWidth = Math.min(24, Math.max(7, ...spans.map((span) => widthOf(span.service))));
  const labelWidth = Math.min(
    Math.max(24, width - serviceWidth - durationWidth - barWidth - 8),
    Math.max(24, ...lines.map((line) => widthOf(line.prefix) + widthOf(nameOf(line.value)))),
  );
  return lines
    .map(({ prefix, value }) => {
      const label = shorten(prefix + nameOf(value), labelWidth);
      if (value.kind === 'missing') return style.faint(label);
      const { span } = value;
      const bar = renderBar({ startUs: span.startUs - fromUs, durationUs: span.durationUs, wholeUs: toUs - fromUs });
      const failed = span.error === undefined ? '' : `  ${style.bad(`✗ ${shorten(printable(span.error), 120)}`)}`;
      return [
        padEnd(span.error === undefined ? label : style.bad(label), labelWidth),
        style.accent(padEnd(shorten(printable(span.service), serviceWidth), serviceWidth)),
        padStart(formatMicroseconds(span.durationUs), durationWidth),
        `${style.faint('▏')}${bar}${style.faint('▕')}${failed}`,
      ].join('  ');
    })
    .join('\n');
}

const durationWidth = 9;
const barWidth = 28;

/** A bar in its window. Whatever ran at all shows at least one column. */
export function renderBar(part: {
  readonly startUs: number;
  readonly durationUs: number;
  readonly wholeUs: number;
}): string {
  const scale = part.wholeUs <= 0 ? 0 : barWidth / part.wholeUs;
  const from = Math.min(barWidth - 1, Math.floor(part.startUs * scale));
  const length = Math.max(1, Math.min(barWidth - from, Math.round(part.durationUs * scale)));
  return `${' '.repeat(from)}${'▇'.repeat(length)}${' '.repeat(barWidth - from - length)}`;
}

function nameOf(entry: TraceEntry): string {
  if (entry.kind === 'missing') return entry.label;
  return `${entry.linked ? '↪ ' : ''}${printable(entry.span.name)}`;
}

/** Under its parent; a span without parent under the first span it links to, when that one is here. */
function placeOf(
  span: TraceSpan,
  byId: ReadonlyMap<string, TraceSpan>,
): { readonly parent: TraceSpan; readonly linked: boolean } | undefined {
  const parent = span.parentSpanId === undefined ? undefined : byId.get(idOf(span.traceId, span.parentSpanId));
  if (parent !== undefined && parent !== span) return { parent, linked: false };
  for (const link of span.links) {
    const linked = byId.get(idOf(link.traceId, link.spanId));
    if (linked !== undefined && linked.traceId !== span.traceId) return { parent: linked, linked: true };
  }
  return undefined;
}

function idOf(traceId: string, spanId: string): string {
  return `${traceId}/${spanId}`;
}
