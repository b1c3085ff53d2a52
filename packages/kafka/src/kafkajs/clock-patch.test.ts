import { createRequire } from 'node:module';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { installClockPatch, keptMoments } from './clock-patch.ts';

const load = createRequire(import.meta.url);
const hourMs = 3_600_000;

/** An object of the class, without what its constructor wants. */
function objectOf(file: string): Record<string, unknown> {
  // The classes are internal to kafkajs, so there are no types for them; one member is what the patch is about.
  const { prototype } = load(file) as { readonly prototype: object };
  return Object.create(prototype) as Record<string, unknown>;
}

installClockPatch();

afterEach(() => {
  vi.useRealTimers();
});

describe('the kafkajs clock patch', () => {
  it('is installed once', () => {
    expect(installClockPatch()).toBe('already_installed');
  });

  it.each(keptMoments)('keeps $member of $file as long ago as it was when the clock is set', ({ file, member }) => {
    const startMs = 1_700_000_000_000;
    vi.useFakeTimers({ now: startMs });
    const owner = objectOf(file);
    owner[member] = Date.now();
    vi.advanceTimersByTime(500);

    const agesMs = [-hourMs, hourMs, 0].map((setByMs) => {
      vi.setSystemTime(startMs + 500 + setByMs);
      return Date.now() - Number(owner[member]);
    });

    expect(agesMs).toEqual([500, 500, 500]);
  });

  it('leaves what is no moment as it is', () => {
    const owner = objectOf(keptMoments[1].file);

    owner['sentAt'] = null;

    expect(owner['sentAt']).toBeNull();
  });
});
