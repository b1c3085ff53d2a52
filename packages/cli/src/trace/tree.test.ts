import { spanOf, traceB } from '@trunkline/operations/testing';
import { describe, expect, it } from 'vitest';

import { createStyle } from '../render/style.ts';
import type { TreeNode } from '../render/tree.ts';
import { buildTraceTree, renderBar, renderTraceTree, type TraceEntry } from './tree.ts';

const names = (node: TreeNode<TraceEntry> | undefined): unknown =>
  node === undefined
    ? undefined
    : [
        node.value.kind === 'span' ? `${node.value.linked ? '↪' : ''}${node.value.span.name}` : '?',
        ...node.children.map(names),
      ];

describe('a trace', () => {
  it('is one tree, children in the order in which they began', () => {
    const tree = buildTraceTree([
      spanOf({ spanId: 'late', parentSpanId: 'http', startUs: 5_000 }),
      spanOf({ spanId: 'early', parentSpanId: 'http', startUs: 2_000 }),
      spanOf({ spanId: 'http', startUs: 1_000 }),
    ]);

    expect(names(tree)).toEqual(['http', ['early'], ['late']]);
  });

  it('that continues another by a link hangs under the span it links to', () => {
    const tree = buildTraceTree([
      spanOf({ spanId: 'http' }),
      spanOf({ spanId: 'process', parentSpanId: 'http', startUs: 2_000 }),
      spanOf({
        spanId: 'redrive',
        traceId: traceB,
        startUs: 9_000,
        links: [{ traceId: spanOf({ spanId: 'x' }).traceId, spanId: 'process' }],
      }),
    ]);

    expect(names(tree)).toEqual(['http', ['process', ['↪redrive']]]);
  });

  it('whose store keeps no links hangs under the first trace of the event', () => {
    const tree = buildTraceTree([
      spanOf({ spanId: 'http' }),
      spanOf({ spanId: 'redrive', traceId: traceB, startUs: 9_000 }),
    ]);

    expect(names(tree)).toEqual(['http', ['↪redrive']]);
  });

  it('with a span that was never stored loses none of the others', () => {
    const tree = buildTraceTree([
      spanOf({ spanId: 'a', parentSpanId: 'lost' }),
      spanOf({ spanId: 'b', parentSpanId: 'lost', startUs: 2_000 }),
    ]);

    expect(names(tree)).toEqual(['?', ['a'], ['b']]);
  });

  it('with parents in a circle ends', () => {
    const tree = buildTraceTree([
      spanOf({ spanId: 'root' }),
      spanOf({ spanId: 'a', parentSpanId: 'b' }),
      spanOf({ spanId: 'b', parentSpanId: 'a' }),
    ]);

    expect(names(tree)).toEqual(['root']);
  });

  it('without spans is none', () => {
    expect(buildTraceTree([])).toBeUndefined();
  });

  it('is drawn with service, duration, a bar where it ran, and what failed', () => {
    const tree = buildTraceTree([
      spanOf({ spanId: 'POST /hooks/:sourceId', service: 'ingress', startUs: 0, durationUs: 10_000 }),
      spanOf({
        spanId: 'process',
        parentSpanId: 'POST /hooks/:sourceId',
        service: 'payments',
        startUs: 5_000,
        durationUs: 5_000,
        error: 'upstream_4xx',
      }),
    ]);

    const lines = tree === undefined ? [] : renderTraceTree(tree, createStyle(false), 100).split('\n');

    expect(lines).toEqual([
      `POST /hooks/:sourceId     ingress     10.0 ms  ▏${'▇'.repeat(28)}▕`,
      `└─ process                payments    5.00 ms  ▏${' '.repeat(14)}${'▇'.repeat(14)}▕  ✗ upstream_4xx`,
    ]);
  });

  it('shows at least a column of whatever ran, inside its window', () => {
    expect(renderBar({ startUs: 1_000_000, durationUs: 0, wholeUs: 1_000_000 })).toBe(`${' '.repeat(27)}▇`);
    expect(renderBar({ startUs: 0, durationUs: 0, wholeUs: 0 })).toBe(`▇${' '.repeat(27)}`);
  });
});
