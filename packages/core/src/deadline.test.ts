import { expect, it } from 'vitest';

import { settledWithin, withinMs } from './deadline.ts';

const never = new Promise<never>(() => undefined);

it('a promise that keeps its deadline gives its value', async () => {
  await expect(withinMs(Promise.resolve(7), 60_000, 'counting')).resolves.toBe(7);
  await expect(settledWithin(Promise.resolve(7), 60_000)).resolves.toBe('done');
});

it('a promise that fails in time gives its own failure', async () => {
  const failure = new RangeError('too small');

  await expect(withinMs(Promise.reject(failure), 60_000, 'counting')).rejects.toBe(failure);
  await expect(settledWithin(Promise.reject(failure), 60_000)).rejects.toBe(failure);
});

it('a promise that is late is an outage that names what was waited for', async () => {
  await expect(withinMs(never, 5, 'connecting to Kafka')).rejects.toMatchObject({
    code: 'dependency_unavailable',
    message: 'connecting to Kafka took longer than 5 ms',
  });
  await expect(settledWithin(never, 5)).resolves.toBe('late');
});

it('a failure after the deadline is nobody’s unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const { promise, reject } = Promise.withResolvers<never>();

  await expect(settledWithin(promise, 1)).resolves.toBe('late');
  reject(new Error('much later'));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);

  expect(unhandled).toEqual([]);
});
