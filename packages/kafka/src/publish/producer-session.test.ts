import { expect, it } from 'vitest';

import { outcomesIn } from './producer-session.ts';

it('takes for acknowledged what a broker answered for, and nothing that kafkajs passed over', () => {
  const parts = [
    { topic: 'a', partition: 0 },
    { topic: 'a', partition: 1 },
    { topic: 'b', partition: 1 },
  ];
  const answers = [
    { topicName: 'ns.b', partition: 1 },
    { topicName: 'ns.a', partition: 0 },
  ];

  const outcomes = outcomesIn(answers, parts, (topic) => `ns.${topic}`);

  expect(outcomes.map(({ kind }) => kind)).toEqual(['acknowledged', 'failed', 'acknowledged']);
  expect(outcomes[1]).toMatchObject({ error: { message: 'no broker answered for a[1]' } });
});
