import { describe, expect, it } from 'vitest';

import { whileLeadersMove } from './leader-moves.ts';

const answers = (...outcomes: readonly (string | Error)[]): (() => Promise<string>) => {
  const left = [...outcomes];
  return () => {
    const next = left.shift() ?? new Error('asked once too often');
    return typeof next === 'string' ? Promise.resolve(next) : Promise.reject(next);
  };
};
const failure = (type: string): Error => Object.assign(new Error(type), { type });

describe('a question to the leader of a partition', () => {
  it('is asked again while a leader moves', async () => {
    const ask = answers(failure('NOT_LEADER_FOR_PARTITION'), failure('NOT_COORDINATOR_FOR_GROUP'), 'found');

    await expect(whileLeadersMove(ask)).resolves.toBe('found');
  });

  it('fails at once for any other reason', async () => {
    const ask = answers(failure('TOPIC_AUTHORIZATION_FAILED'), 'found');

    await expect(whileLeadersMove(ask)).rejects.toThrow('TOPIC_AUTHORIZATION_FAILED');
  });
});
