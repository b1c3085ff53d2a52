import { describe, expect, it } from 'vitest';

import { createLifecycle } from './lifecycle.ts';
import type { Logger } from './logger.ts';

const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, fatal: ignore };
function ignore(): void {
  // Nothing of a stop is told by its log lines here.
}

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
    const began = performance.now();

    await lifecycle.stop(150);

    expect(stopped).toEqual(['first']);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('tells each step how long it has, counted down by those before it', async () => {
    const lifecycle = createLifecycle(silent);
    const given: number[] = [];
    lifecycle.onStop('second', async (deadlineMs) => {
      given.push(deadlineMs);
    });
    lifecycle.onStop('slow', async (deadlineMs) => {
      given.push(deadlineMs);
      await new Promise((resolve) => setTimeout(resolve, 50));
    });

    await lifecycle.stop(1_000);

    expect(given[0]).toBeLessThanOrEqual(1_000);
    expect(given[1]).toBeLessThan(960);
  });
});
