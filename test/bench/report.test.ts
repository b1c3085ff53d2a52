import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import type { Bar, Figure } from './benchmark.ts';
import { writePage } from './page.ts';
import { type OutcomeJson, outcomeJson, renderOutcome, verdictOf } from './report.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const ratio: Figure = { label: 'ours / theirs', unit: '×', perRound: [0.4, 0.6, 0.9] };

function outcome(name: string, figures: readonly Figure[] = [ratio]): OutcomeJson {
  return outcomeJson({
    benchmark: { name, title: `B0 · ${name}`, question: 'How fast?' },
    conditions: {
      date: '2026-01-02',
      node: 'v26.0.0',
      stack: 'embedded',
      machine: 'a machine',
      rounds: 3,
      secondsPerMeasurement: 5,
      loadBefore: 7.25,
      cores: 2,
    },
    report: { figures, bars: [{ figure: 'ours / theirs', is: 'at least', first: 0.5, goal: 1 }], notes: ['A note.'] },
    seconds: 61.4,
  });
}

it('a bar is held against the median, not against the best round', () => {
  const bar: Bar = { figure: 'ours / theirs', is: 'at least', first: 0.5, goal: 0.7 };

  expect(verdictOf(bar, [ratio])).toBe('ours / theirs: 0.60; bar at least 0.50 met, goal 0.70 not met');
});

it('a figure above a bar that is an upper limit does not meet it', () => {
  const bar: Bar = { figure: 'ours / theirs', is: 'at most', first: 0.5 };

  expect(verdictOf(bar, [ratio])).toBe('ours / theirs: 0.60; bar at most 0.50 NOT MET');
});

it('a figure that the busy machine spoilt says so, and its bar is neither met nor missed', () => {
  const spoilt = outcome('latency', [{ ...ratio, perRound: [] }]);

  expect(renderOutcome(spoilt)).toMatch(/ours \/ theirs +machine busy, not measured/);
  expect(spoilt.verdicts).toEqual(['ours / theirs: machine busy, not measured']);
});

it('a bar for a figure that was not measured is a mistake, not a pass', () => {
  expect(() => verdictOf({ figure: 'nothing', is: 'at least', first: 0 }, [ratio])).toThrow(RangeError);
});

it('the table says under which conditions and load its figures were made', () => {
  const text = renderOutcome(outcome('ingress'));

  expect(text).toMatch(/ours \/ theirs +0\.60 × +0\.40 – 0\.90/);
  expect(text).toContain('Node v26.0.0, embedded stack, a machine, load 7.3 on 2 cores');
  expect(text).toContain('3 rounds of 5 s a side');
});

it('the page keeps the figures it had of a benchmark that the busy machine spoilt', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-page-'));
  folders.push(folder);
  const files = { json: join(folder, 'b.json'), page: join(folder, 'b.md') };
  writePage(files, [outcome('latency')], ['latency']);

  writePage(files, [outcome('latency', [{ ...ratio, perRound: [] }])], ['latency']);

  expect(readFileSync(files.page, 'utf8')).toContain('| ours / theirs | 0.60 × |');
});

it('a run of one benchmark replaces its section of the page and keeps the others, in the order of the list', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-page-'));
  folders.push(folder);
  const files = { json: join(folder, 'b.json'), page: join(folder, 'b.md') };
  const order = ['ingress', 'consumer'];
  writePage(files, [outcome('consumer'), outcome('ingress')], order);

  writePage(files, [outcome('consumer', [{ ...ratio, perRound: [2, 2, 2] }])], order);

  const page = readFileSync(files.page, 'utf8');
  expect(page.match(/^## .*/gm)).toEqual(['## B0 · ingress', '## B0 · consumer']);
  expect(page.match(/\| ours \/ theirs \| .*/g)).toEqual([
    '| ours / theirs | 0.60 × | 0.40 – 0.90 |',
    '| ours / theirs | 2.00 × | 2.00 – 2.00 |',
  ]);
});
