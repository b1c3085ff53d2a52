import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createLifecycle } from './lifecycle.ts';
import type { Logger } from './logger.ts';

const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, fatal: ignore };
function ignore(): void {
  // Nothing of a stop is told by its log lines here.
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('createLifecycle', () => {
  it('stops what was opened last first', async () => {
    const lifecycle = createLifecycle(silent);
    const stopped: string[] = [];
    for (const name of ['connection', 'publisher', 'server']) {
      lifecycle.onStop(name, async () => {
        stopped.push(name);
      });
    }

    await lifecycle.stop(1_000);

    expect(stopped).toEqual(['server', 'publisher', 'connection']);
  });

  it('goes on when a stop fails or never ends, and keeps the deadline', async () => {
    const lifecycle = createLifecycle(silent);
    const stopped: string[] = [];
    lifecycle.onStop('first', async () => {
      stopped.push('first');
    });
    lifecycle.onStop('failing', () => Promise.reject(new Error('no')));
    lifecycle.onStop('hanging', () => new Promise(() => undefined));

    const ended = lifecycle.stop(150);
    await vi.advanceTimersByTimeAsync(149);
    const stoppedBefore = [...stopped];
    await vi.advanceTimersByTimeAsync(1);
    await ended;

    expect(stoppedBefore).toEqual([]);
    expect(stopped).toEqual(['first']);
  });

  it('tells each step how long it has, counted down by those before it', async () => {
    const lifecycle = createLifecycle(silent);
    const given: number[] = [];
    lifecycle.onStop('second', async (deadlineMs) => {
      given.push(deadlineMs);
    });
    lifecycle.onStop('slow', async (deadlineMs) => {
      given.push(deadlineMs);
      await vi.advanceTimersByTimeAsync(50);
    });

    await lifecycle.stop(1_000);

    expect(given).toEqual([1_000, 950]);
  });
});
