import { expect, it } from 'vitest';

import { scaledRule } from './scaled-rule.ts';

it('has windows, offsets and what it holds for divided, and nothing else', () => {
  const rule = scaledRule(
    'A',
    { expression: 'rate(requests_5m{status="5m"}[5m]) > 300 and (up offset 1h)', holds: '2m' },
    { faster: 20 },
  );

  expect(rule).toEqual({
    alert: 'A',
    expr: 'rate(requests_5m{status="5m"}[15s]) > 300 and (up offset 180s)',
    for: '6s',
  });
});

it('has the limit of the drill, and is refused where the rule has another one', () => {
  const drill = { faster: 20, limit: [' > 300', ' > 15'] } as const;

  expect(scaledRule('A', { expression: 'lag > 300', holds: '5m' }, drill).expr).toBe('lag > 15');
  expect(() => scaledRule('A', { expression: 'lag > 600', holds: '5m' }, drill)).toThrow(/does not say " > 300"/);
});
