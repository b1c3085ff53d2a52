import { TrunklineError } from '@trunkline/core';
import { beforeEach, describe, expect, it } from 'vitest';

import { createPause, type Pause } from './pause.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const away = new TrunklineError('dependency_unavailable', 'no answer');
const never = new AbortController().signal;
let pause: Pause;

beforeEach(() => {
  pause = createPause({ maxStepMs: 20, clock: () => Date.now(), log });
});

describe('a pause', () => {
  it('ends with the first answer, and says what it waits for until then', async () => {
    const reasons: (string | undefined)[] = [];
    const codes: (string | undefined)[] = [];
    let asked = 0;

    const answer = await pause.until({
      error: away,
      signal: never,
      answers: () => {
        reasons.push(pause.reason());
        codes.push(pause.code());
        asked += 1;
        return asked < 3 ? Promise.reject(away) : Promise.resolve('here');
      },
    });

    expect(answer).toBe('here');
    expect(new Set(reasons)).toEqual(new Set(['paused (dependency_unavailable): no answer']));
    expect(new Set(codes)).toEqual(new Set(['dependency_unavailable']));
    expect([pause.reason(), pause.code()]).toEqual([undefined, undefined]);
  });

  it('says what it waited for last, which tells more than how the outage began', async () => {
    const reasons: (string | undefined)[] = [];

    await pause.until({
      error: new TrunklineError('dependency_unavailable', 'terminated'),
      signal: never,
      answers: () => (reasons.push(pause.reason()) < 2 ? Promise.reject(away) : Promise.resolve()),
    });

    expect(reasons).toEqual([
      'paused (dependency_unavailable): terminated',
      'paused (dependency_unavailable): no answer',
    ]);
  });

  it('ends with a failure that is no outage', async () => {
    const bad = new TrunklineError('decode_failed', 'not a record');

    await expect(pause.until({ error: away, signal: never, answers: () => Promise.reject(bad) })).rejects.toBe(bad);
    expect(pause.reason()).toBeUndefined();
  });

  it('ends when the records are taken away', async () => {
    const taken = new AbortController();
    const waiting = pause.until({ error: away, signal: taken.signal, answers: () => Promise.reject(away) });

    taken.abort();

    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(pause.reason()).toBeUndefined();
  });

  it('lasts while anyone waits', async () => {
    const first = Promise.withResolvers<void>();
    const waitingFirst = pause.until({ error: away, signal: never, answers: () => first.promise });
    await pause.until({ error: away, signal: never, answers: () => Promise.resolve() });
    const between = pause.reason();

    first.resolve();
    await waitingFirst;

    expect(between).toContain('no answer');
    expect(pause.reason()).toBeUndefined();
  });
});
