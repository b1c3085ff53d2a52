import { expect, it } from 'vitest';

import { kafkajs } from '../kafkajs/library.ts';
import { whileNoBroker } from './no-broker.ts';

/** As kafkajs throws it; its types know no message of the inner one. */
const noBroker = new kafkajs.KafkaJSNumberOfRetriesExceeded(
  Object.assign(new Error('No brokers in the broker pool'), { name: 'KafkaJSBrokerNotFound' }),
  { retryCount: 3, retryTime: 333 },
);

it('asks again until the cluster has a broker', async () => {
  let asked = 0;

  const answer = await whileNoBroker(() => {
    asked += 1;
    return asked < 3 ? Promise.reject(noBroker) : Promise.resolve('answer');
  });

  expect([answer, asked]).toEqual(['answer', 3]);
});

it('takes every other failure for what it is', async () => {
  const refused = new Error('no');
  let asked = 0;

  await expect(
    whileNoBroker(() => {
      asked += 1;
      return Promise.reject(refused);
    }),
  ).rejects.toBe(refused);
  expect(asked).toBe(1);
});
