import { expect, it } from 'vitest';

import { type PublishedOutcome, renderPage } from './page.ts';
import { faultRows } from './rows.ts';

const outcome: PublishedOutcome = {
  row: 'F1',
  title: 'kill -9 of the ingress under load',
  seed: 7,
  undone: null,
  promised: 30_000,
  applied: 29_999,
  deadLettered: 0,
  lost: 1,
  doubled: 0,
  strikes: 50,
  broken: ['ready again after 4,000 ms, at most 3,000'],
  figures: { 'slowest restart to ready, ms': 4_000 },
  seconds: 90,
  date: '2026-11-23',
  node: 'v26.10.0',
  machine: '2 cores',
};

it('says of each row what was promised, lost and doubled, how to repeat it and what protects it', () => {
  const page = renderPage([outcome], faultRows);

  expect(page).toContain(
    '| [F1](#f1--kill--9-of-the-ingress-under-load) | kill -9 of the ingress under load | 50 | 30,000 | 1 | 0 |',
  );
  expect(page).toContain('npm run faults -- F1 --seed 7');
  expect(page).toContain("Goes red without: answer before the broker's acknowledgement");
});

it('does not hide what a row did not hold', () => {
  expect(renderPage([outcome], faultRows)).toContain('**Not held: ready again after 4,000 ms, at most 3,000**');
});
