import { describe, expect, it } from 'vitest';

import type { Readiness } from '../health.ts';
import { readinessOfAll, type WorkerStanding } from './workers-health.ts';

const running: Readiness = { ready: true, phase: 'running', checks: { kafka: { ok: true } } };
const away: Readiness = { ready: false, phase: 'running', checks: { kafka: { ok: false, detail: 'away' } } };

function standing(...readiness: readonly (Readiness | undefined)[]): readonly WorkerStanding[] {
  return readiness.map((told, index) => ({ number: index + 1, readiness: told }));
}

describe('a service of several workers', () => {
  it.each([
    ['while none runs', standing(undefined, { ...running, phase: 'starting' }), false],
    ['when all run and are ready', standing(running, running), true],
    ['while one of them is started anew', standing(running, undefined), true],
    ['while one that runs is not', standing(running, away), false],
  ])('%s is ready: %s', (_when, workers, ready) => {
    expect(readinessOfAll(workers, false).ready).toBe(ready);
  });

  it('says which worker has trouble, and how many are missing', () => {
    expect(readinessOfAll(standing(running, away, undefined), false)).toEqual({
      ready: false,
      phase: 'running',
      checks: {
        workers: { ok: true, detail: '1 of 3 are not running' },
        kafka: { ok: false, detail: 'worker 2: away' },
      },
    });
  });

  it('is not ready when it stops, whatever its workers say', () => {
    expect(readinessOfAll(standing(running), true)).toMatchObject({ ready: false, phase: 'stopping' });
  });
});
