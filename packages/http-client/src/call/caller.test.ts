import type { RateLimiter } from '@trunkline/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type CallWorld, failed, ok, startCallWorld, status, to } from '../testing/call-world.ts';
import { callLimits } from './limits.ts';
import type { CallOutcome } from './outcome.ts';

let world: CallWorld;
beforeEach(async () => {
  world = await startCallWorld();
});
afterEach(() => world.close());

describe('the budget of repeats', () => {
  it('lets a host have three and a tenth of its calls in a minute', async () => {
    world.answers = [status(500)];
    const caller = world.caller({ limits: { freeRepeats: callLimits.freeRepeats, breakerFailures: 1_000 } });

    for (let index = 0; index < 20; index += 1) await caller.call(world.call());

    // x repeats of 20 + x calls: x ≤ 3 + (20 + x) / 10.
    expect(world.requests).toHaveLength(26);
  });

  it('has them again a minute later', async () => {
    world.answers = [status(500)];
    const caller = world.caller({ limits: { freeRepeats: 1, retryShare: 0, breakerFailures: 1_000 } });

    await caller.call(world.call());
    await caller.call(world.call());
    const first = world.requests.length;
    world.nowMs += 60_000;
    await caller.call(world.call());

    expect([first, world.requests.length]).toEqual([3, 5]);
  });
});

describe('the breakers of a call', () => {
  it('open for a connection after five failures in a row, and let one probe a minute through', async () => {
    world.answers = [status(500)];
    const caller = world.caller({ limits: { maxCallRetries: 0 } });

    for (let index = 0; index < 20; index += 1) await caller.call(world.call());
    const whileOpen = failed(await caller.call(world.call()));
    const sent = world.requests.length;
    world.nowMs += callLimits.breakerOpenMs;
    for (let index = 0; index < 20; index += 1) await caller.call(world.call());

    expect(sent).toBe(5);
    expect(whileOpen).toMatchObject({
      code: 'upstream_unavailable',
      happening: 'held_back',
      arrived: 'no',
      attempts: 0,
      retryAfterMs: 60_000,
    });
    expect(world.requests).toHaveLength(6);
    expect(world.breakerEvents).toEqual([{ of: 'connection', key: 'con_a', change: 'opened' }]);
  });

  it('leave other connections to the same host alone', async () => {
    world.answers = [status(500)];
    const caller = world.caller({ limits: { maxCallRetries: 0 } });
    for (let index = 0; index < 5; index += 1) await caller.call(world.call());
    world.answers = [ok];

    expect(await caller.call(world.call({ connection: 'con_b' }))).toMatchObject({ kind: 'answer' });
  });

  it('open for a host at the first connection that fails: a dead one costs one call a minute, whoever calls', async () => {
    const caller = world.caller();
    const dead = (connection: string): Promise<CallOutcome> =>
      caller.call(world.call({ connection, ...to('http://127.0.0.1:1/') }));

    const outcomes = [await dead('con_a'), await dead('con_b'), await dead('con_c')];
    world.nowMs += callLimits.breakerOpenMs;
    const later = [await dead('con_a'), await dead('con_b')];

    expect(outcomes.map(({ attempts }) => attempts)).toEqual([1, 0, 0]);
    expect(later.map(({ attempts }) => attempts)).toEqual([1, 0]);
    expect(caller.probeAtMs('host', '127.0.0.1:1')).toBe(world.nowMs + callLimits.breakerOpenMs);
  });

  it('open for a host and one certificate only, because the certificate may be what is wrong', async () => {
    const caller = world.caller();
    const { request } = to('http://127.0.0.1:1/');
    const dead = (connection: string): Promise<CallOutcome> =>
      caller.call(world.call({ connection, request: { ...request, tls: { name: connection } } }));

    const outcomes = [await dead('con_a'), await dead('con_a'), await dead('con_b')];

    expect(outcomes.map(({ attempts }) => attempts)).toEqual([1, 0, 1]);
  });

  it('are closed by a probe that succeeds', async () => {
    world.answers = [status(500)];
    const caller = world.caller({ limits: { maxCallRetries: 0 } });
    for (let index = 0; index < 5; index += 1) await caller.call(world.call());
    world.answers = [ok];
    world.nowMs += callLimits.breakerOpenMs;

    const outcomes = [await caller.call(world.call()), await caller.call(world.call())];

    expect(outcomes.map(({ kind }) => kind)).toEqual(['answer', 'answer']);
    expect(world.breakerEvents.map(({ change }) => change)).toEqual(['opened', 'closed']);
  });

  it.each([
    ['429', status(429)],
    ['400', status(400)],
    ['401', status(401)],
  ])('do not open because of %s', async (_, answer) => {
    world.answers = [answer];
    const caller = world.caller({ limits: { maxCallRetries: 0 } });

    for (let index = 0; index < 20; index += 1) await caller.call(world.call());

    expect(world.breakerEvents).toEqual([]);
    expect(world.requests).toHaveLength(20);
  });

  it('answer at once while they are open', async () => {
    const caller = world.caller();
    await caller.call(world.call(to('http://127.0.0.1:1/')));
    const startedAtMs = performance.now();

    for (let index = 0; index < 1_000; index += 1) await caller.call(world.call(to('http://127.0.0.1:1/')));

    // Microseconds each; a dial or a turn that is waited for takes longer than the rest, on a busy machine too.
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });
});

describe('turns of a rate limit', () => {
  const bucket = { key: 'shop:acme:default', count: 100, periodMs: 60_000, burst: 5 };
  const buckets = [bucket];

  it('are waited for in place', async () => {
    const limiter: RateLimiter = {
      take: () => Promise.resolve({ kind: 'turn', waitMs: 30 }),
      hold: () => Promise.resolve(),
    };

    const outcome = await world.caller({ limiter }).call(world.call({ buckets }));

    expect(outcome).toMatchObject({ kind: 'answer', waitedMs: 30 });
  });

  it('that come too late are told with their time, and nothing is sent', async () => {
    const limiter: RateLimiter = {
      take: () => Promise.resolve({ kind: 'later', waitMs: 9_000 }),
      hold: () => Promise.resolve(),
    };

    const outcome = await world.caller({ limiter }).call(world.call({ buckets }));

    expect(outcome).toMatchObject({ code: 'upstream_rate_limited', arrived: 'no', attempts: 0, retryAfterMs: 9_000 });
    expect(world.requests).toHaveLength(0);
  });

  it('are taken for every attempt, and held back for all when the other side says so', async () => {
    const events: string[] = [];
    const limiter: RateLimiter = {
      take: ([first]) => {
        events.push(`take ${first?.key}`);
        return Promise.resolve({ kind: 'turn', waitMs: 0 });
      },
      hold: ([first], forMs) => Promise.resolve(void events.push(`hold ${first?.key} ${forMs}`)),
    };
    world.answers = [status(429, { 'retry-after': '0.01' }), ok];

    await world.caller({ limiter }).call(world.call({ buckets }));

    expect(events).toEqual(['take shop:acme:default', 'hold shop:acme:default 10', 'take shop:acme:default']);
  });

  it('are not waited for by more calls than the limit', async () => {
    const limiter: RateLimiter = {
      take: () => Promise.resolve({ kind: 'turn', waitMs: 50 }),
      hold: () => Promise.resolve(),
    };
    const caller = world.caller({ limiter, limits: { maxWaitingCalls: 3 } });

    const outcomes = await Promise.all(Array.from({ length: 5 }, () => caller.call(world.call({ buckets }))));

    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['answer', 'answer', 'answer', 'failure', 'failure']);
  });
});

describe('the report of a call', () => {
  it('comes once, whatever happened', async () => {
    const caller = world.caller();
    world.answers = [status(503), ok];
    await caller.call(world.call());
    await caller.call(world.call(to('nowhere')));

    expect(world.reports.map(({ outcome }) => outcome.kind)).toEqual(['answer', 'failure']);
    expect(world.reports[0]?.tookMs).toBeGreaterThan(0);
  });
});
