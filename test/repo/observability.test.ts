/** Alerts, dashboards and runbooks, held against the table of metrics and the command line. Prometheus itself is asked in test/e2e. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { type MetricDefinition, metricNames } from '@trunkline/runtime';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { anchorOf } from '../../scripts/generators/markdown.ts';
import { alerts } from '../../scripts/observability/alerts.ts';
import { dashboards } from '../../scripts/observability/dashboards.ts';
import { readExpression } from '../../scripts/observability/selectors.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const table = new Map<string, MetricDefinition>(Object.entries(metricNames));
/** Those that Prometheus gives every series, and its histograms. */
const labelsOfPrometheus = ['job', 'instance', 'le'];

const panels = Object.entries(dashboards).flatMap(([name, { panels: all }]) =>
  all.map((panel) => ({ name: `${name}: ${panel.question}`, ...panel })),
);
const expressions: readonly (readonly [name: string, expression: string])[] = [
  ...[...alerts].map(([name, { expression }]) => [name, expression] as const),
  ...panels.flatMap(({ name, queries }) => queries.map(({ expression }) => [name, expression] as const)),
];

/** The row of the table that a name of Prometheus comes from: a histogram is three. */
function rowOf(metric: string): MetricDefinition | undefined {
  const row = table.get(metric.replace(/_(?:bucket|sum|count)$/, ''));
  return row?.kind === 'seconds' ? row : table.get(metric);
}

/** What an expression names and the table does not have. */
function strangers(expression: string): readonly string[] {
  const { selected, grouped } = readExpression(expression);
  const ofSelectors = selected.flatMap(({ metric, labels }) => {
    const row = rowOf(metric);
    if (row === undefined) return [metric];
    return labels.filter((label) => !isLabel(row, label)).map((label) => `${metric}{${label}}`);
  });
  const rows = selected.flatMap(({ metric }) => rowOf(metric) ?? []);
  const ofGroups = grouped.filter((label) => !rows.some((row) => isLabel(row, label))).map((label) => `by (${label})`);
  return [...ofSelectors, ...ofGroups];
}

function isLabel(row: MetricDefinition, label: string): boolean {
  return row.labels.includes(label) || labelsOfPrometheus.includes(label);
}

describe('an expression', () => {
  it.each(expressions)('of %s names metrics and labels of the table', (_, expression) => {
    expect(readExpression(expression).selected).not.toEqual([]);
    expect(strangers(expression)).toEqual([]);
  });

  it('is read as PromQL is', () => {
    const text =
      'sum by (group, le) (rate(a_total{source="x{y}",step!~"b|c"}[5m])) / 2 > 0.5 unless on (job) b_up offset 1h';

    expect(readExpression(text)).toEqual({
      selected: [
        { metric: 'a_total', labels: ['source', 'step'] },
        { metric: 'b_up', labels: [] },
      ],
      grouped: ['group', 'le', 'job'],
    });
    expect(strangers('sum by (grup) (consumer_paused{reson="x"}) + nothing_total')).toEqual([
      'consumer_paused{reson}',
      'nothing_total',
      'by (grup)',
    ]);
  });
});

describe('the dashboards', () => {
  it('show every metric of the table', () => {
    const shown = new Set(
      panels.flatMap(({ queries }) =>
        queries.flatMap(({ expression }) =>
          readExpression(expression).selected.map(({ metric }) => metric.replace(/_(?:bucket|sum|count)$/, '')),
        ),
      ),
    );

    expect([...table.keys()].filter((name) => !shown.has(name))).toEqual([]);
  });

  it('name their lines by labels that the lines have', () => {
    const wrong = panels.flatMap(({ name, queries }) =>
      queries.flatMap(({ expression, legend }) => {
        const { grouped } = readExpression(expression);
        return [...legend.matchAll(/\{\{(\w+)\}\}/g)].flatMap(([, label = '']) =>
          grouped.includes(label) ? [] : [`${name}: ${label}`],
        );
      }),
    );

    expect(wrong).toEqual([]);
  });
});

describe('an alert', () => {
  const all = [...alerts];

  it.each(all)('%s names no label in its sentence that its series do not have', (_, { expression, summary }) => {
    const { grouped } = readExpression(expression);
    const named = [...summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);

    expect(named.filter((label) => label === undefined || !grouped.includes(label))).toEqual([]);
  });

  it.each(all)('%s leads to a page, and there to a heading', (_, { runbook }) => {
    const [file = '', heading] = runbook.split('#');
    const path = `docs/runbooks/${file}`;

    expect(existsSync(join(root, path))).toBe(true);
    const headings = [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => anchorOf(text));
    expect(headings).toContain(heading ?? headings[0]);
    expect(read(path)).toContain('npx trunkline ');
  });

  it('is tried by promtool with a history at which it fires and one at which it does not', () => {
    // The form that npm run generate gives them.
    const tried = ['hours', 'minutes'].flatMap((file) => {
      const { tests } = parse(read(`test/observability/${file}.generated.yaml`)) as {
        readonly tests: readonly { readonly name: string }[];
      };
      return tests.map(({ name }) => name);
    });

    const expected = all.flatMap(([name]) => [`${name} fires`, `${name} is silent`]);
    expect(tried.toSorted()).toEqual(expected.toSorted());
  });

  it.each(all)('%s is tried with series of the table', (_, { fires, silent }) => {
    const series = [fires, silent].flatMap((history) => Object.keys(history.series));

    expect(series.flatMap(strangers)).toEqual([]);
  });
});
