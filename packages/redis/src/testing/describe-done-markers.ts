import { randomUUID } from 'node:crypto';

import { type EventId, eventIdOfUuid } from '@trunkline/core';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { DoneMarkers, MarkerScope } from '../done-markers.ts';

/** Opens a handle on the one store of the implementation; resolves when it can be asked. */
export type OpenMarkers = (options: { readonly scope: MarkerScope; readonly ttlMs?: number }) => Promise<DoneMarkers>;

/** What every implementation of the done markers owes while its store is well. */
export function describeDoneMarkers(name: string, open: OpenMarkers): void {
  const opened: DoneMarkers[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((markers) => markers.close({ deadlineMs: 1_000 })));
  });
  const openMarkers: OpenMarkers = async (options) => {
    const markers = await open(options);
    opened.push(markers);
    return markers;
  };

  describe(`done markers in ${name}`, () => {
    it('know nothing of an event that nobody marked', async () => {
      const markers = await openMarkers({ scope: newScope() });

      expect(await markers.seen(newIds(2))).toEqual(new Set());
    });

    it('tell the marked events of a batch from the others', async () => {
      const markers = await openMarkers({ scope: newScope() });
      const [first, second, third] = newIds(3);

      await markers.remember([first, third]);

      expect(await markers.seen([first, second, third])).toEqual(new Set([first, third]));
    });

    it('are shared by the processes of a group', async () => {
      const scope = newScope();
      const ids = newIds(2);
      const [one, other] = [await openMarkers({ scope }), await openMarkers({ scope })];

      await one.remember(ids);

      expect(await other.seen(ids)).toEqual(new Set(ids));
    });

    it.each<[string, Partial<MarkerScope>]>([
      ['another group', { group: 'telephony' }],
      ['another installation', { namespace: 'staging.' }],
      ['another epoch of the inbox', { inboxEpoch: '22222222-2222-4222-8222-222222222222' }],
    ])('say nothing to %s', async (_, change) => {
      const scope = newScope();
      const ids = newIds(2);
      const mine = await openMarkers({ scope });
      const other = await openMarkers({ scope: { ...scope, ...change } });

      await mine.remember(ids);

      expect(await other.seen(ids)).toEqual(new Set());
      expect(await mine.seen(ids)).toEqual(new Set(ids));
    });

    it('are gone when their time is over', async () => {
      const markers = await openMarkers({ scope: newScope(), ttlMs: 400 });
      const ids = newIds(2);

      await markers.remember(ids);
      const before = await markers.seen(ids);

      expect(before).toEqual(new Set(ids));
      await vi.waitFor(async () => expect(await markers.seen(ids)).toEqual(new Set()), {
        timeout: 60_000,
        interval: 50,
      });
    });

    it('take no ids as nothing to do', async () => {
      const markers = await openMarkers({ scope: newScope() });

      await markers.remember([]);

      expect(await markers.seen([])).toEqual(new Set());
    });

    it('answer for the largest batch', async () => {
      const markers = await openMarkers({ scope: newScope() });
      const ids = newIds(500);

      await markers.remember(ids);

      expect(await markers.seen(ids)).toEqual(new Set(ids));
    });
  });
}

/** A group that no other test has. */
export function newScope(): MarkerScope {
  return { namespace: '', group: `g${randomUUID()}`, inboxEpoch: '11111111-1111-4111-8111-111111111111' };
}

export function newIds(count: 2): readonly [EventId, EventId];
export function newIds(count: 3): readonly [EventId, EventId, EventId];
export function newIds(count: number): readonly EventId[];
export function newIds(count: number): readonly EventId[] {
  return Array.from({ length: count }, () => eventIdOfUuid(randomUUID()));
}
