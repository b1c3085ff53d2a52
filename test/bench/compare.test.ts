import { join } from 'node:path';

import { expect, it } from 'vitest';

import { compare, comparedOf, renderComparison } from './compare.ts';
import type { OutcomeJson } from './report.ts';

function round(figures: Readonly<Record<string, number>>): readonly OutcomeJson[] {
  const made = Object.entries(figures).map(([label, value]) => ({ label, unit: 'µs', perRound: [value] }));
  return [{ name: 'ingress', figures: made } as unknown as OutcomeJson];
}

it('each figure is held against that of the same round, so that a slow round of the machine cancels out', () => {
  const here = [round({ cpu: 50 }), round({ cpu: 200 }), round({ cpu: 60 })];
  const there = [round({ cpu: 100 }), round({ cpu: 400 }), round({ cpu: 120 })];

  const compared = comparedOf(here, there);

  expect(renderComparison(compared, 'HEAD~1')).toMatch(/ingress: cpu +60\.0 µs +120 µs +0\.50 × +0\.50 – 0\.50/);
});

it('a figure that only one side has is left out', () => {
  const compared = comparedOf([round({ cpu: 50, memory: 9 })], [round({ cpu: 100 })]);

  expect(compared.map(({ label }) => label)).toEqual(['cpu']);
});

it('a revision that git does not know is named, before anything is measured', async () => {
  const root = join(import.meta.dirname, '../..');
  const options = { root, names: ['providers'], rounds: 1, seconds: 1, signal: new AbortController().signal };
  const told: string[] = [];

  const comparing = compare({ ...options, revision: 'no-such-branch', onProgress: (line) => told.push(line) });

  await expect(comparing).rejects.toThrow('--compare no-such-branch: git knows no such revision here');
  expect(told).toEqual([]);
});
