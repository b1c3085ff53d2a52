import type { EndpointHealth } from '@trunkline/delivery';
import { describe, expect, it } from 'vitest';

import type { AttemptCode } from '../attempt-codes.ts';
import { type HealthChange, judgeHealth } from './health.ts';

const startMs = 1_772_619_632_250;
const hourMs = 3_600_000;
const fresh: EndpointHealth = {
  lastSuccessAtMs: null,
  lastFailureAtMs: null,
  lastCode: null,
  failingSinceMs: null,
  failures: 0,
  told: 0,
};

/** What is told of an endpoint to which this happens at these hours. */
function changesOf(happened: readonly (readonly [atHour: number, code: AttemptCode])[]): readonly HealthChange[] {
  let health = fresh;
  return happened.flatMap(([atHour, code]) => {
    const judged = judgeHealth(health, code, startMs + atHour * hourMs);
    health = judged.health;
    return judged.change ?? [];
  });
}

const everyHours = (hours: number, until: number): readonly (readonly [number, AttemptCode])[] =>
  Array.from({ length: Math.floor(until / hours) + 1 }, (_, index) => [index * hours, 'connect_refused'] as const);

describe('the health of an endpoint', () => {
  it('tells of a failure once, and of the first success after it', () => {
    const changes = changesOf([
      [0, 'ok'],
      [1, 'http_5xx'],
      [2, 'http_5xx'],
      [3, 'ok'],
      [4, 'ok'],
    ]);

    expect(changes.map(({ kind }) => kind)).toEqual(['failing', 'recovered']);
  });

  it('disables after five days without a success, and tells three times before', () => {
    const changes = changesOf(everyHours(2, 130));

    const told = changes.map((change) => ('percent' in change ? change.percent : change.kind));
    expect(told.slice(0, 5)).toEqual(['failing', 50, 75, 90, 'disable']);
    expect(changes.find((change) => change.kind === 'warned')).toMatchObject({ disableAtMs: startMs + 120 * hourMs });
  });

  it('never disables one that was not told of', () => {
    const changes = changesOf([...everyHours(1, 20), [200, 'http_5xx'], [201, 'http_5xx']]);

    expect(changes.map(({ kind }) => kind)).toEqual(['failing', 'warned', 'disable']);
  });

  it('does not disable one that failed seldom', () => {
    expect(changesOf(everyHours(10, 300)).filter(({ kind }) => kind === 'disable').length).toBeGreaterThan(0);
    expect(changesOf(everyHours(10, 180)).filter(({ kind }) => kind === 'disable')).toEqual([]);
  });

  it('says nothing of what is one message’s fault, or ours', () => {
    expect(
      changesOf([
        [0, 'http_422'],
        [1, 'address_denied'],
        [2, 'local_limit'],
        [3, 'secret_unavailable'],
      ]),
    ).toEqual([]);
  });

  it('disables at once at 410', () => {
    expect(changesOf([[0, 'http_410']])).toEqual([{ kind: 'disable', reason: 'it answered 410 Gone' }]);
  });

  it('is written when it changes, and a success only now and then', () => {
    const first = judgeHealth(fresh, 'ok', startMs);
    const soon = judgeHealth(first.health, 'ok', startMs + 1_000);
    const later = judgeHealth(first.health, 'ok', startMs + 30_000);

    expect([first, soon, later].map(({ isNews }) => isNews)).toEqual([true, false, true]);
  });
});
