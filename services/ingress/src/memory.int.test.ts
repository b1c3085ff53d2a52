import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';

import {
  type ChunkedBody,
  type HeldMemory,
  openDelivery,
  type RouteProcess,
  startRouteProcess,
} from './testing/route-process.ts';
import { statusOf } from './testing/sending.ts';

/** What Node gives itself in a container of 512 MiB. */
const heapMiB = 280;
const bodyBytes = 260_000;
/** Ten seconds of parsing, on a machine that has other things to do. */
const parsedWithinMs = 200_000;
const limitMs = 300_000;

describe('the memory of a body in hand', () => {
  it(
    'is the same whether it comes in one chunk or a byte at a time',
    async () => {
      const route = await started();

      const whole = await heldMore(route, { bytes: bodyBytes, chunkBytes: bodyBytes });
      const single = await heldMore(route, { bytes: bodyBytes, chunkBytes: 1 });

      expect(single - whole).toBeLessThan(2 * 1024 * 1024);
    },
    limitMs,
  );

  it(
    'does not end a process with a small heap when 64 of them come a byte at a time',
    async () => {
      const route = await started();
      // 64 of the whole length are a minute of parsing. Kept as they come, the chunks of these are a gigabyte, too.
      const before = await route.held();
      const deliveries = Array.from({ length: 64 }, () => openDelivery(route, { bytes: 32_000, chunkBytes: 1 }));
      await received(
        route,
        deliveries.reduce((sum, { sentBytes }) => sum + sentBytes, before.receivedBytes),
      );

      const answers = await Promise.all(deliveries.map((delivery) => delivery.finish()));

      expect(new Set(answers.map(statusOf))).toEqual(new Set([200]));
    },
    limitMs,
  );
});

async function started(): Promise<RouteProcess> {
  const route = await startRouteProcess(inject('stack'), heapMiB);
  onTestFinished(() => void route.child.kill('SIGKILL'));
  // What is loaded and compiled by the first delivery is no part of the next one.
  await heldMore(route, { bytes: bodyBytes, chunkBytes: bodyBytes });
  return route;
}

/** What the process holds more than before with everything of the body but its end. */
async function heldMore(route: RouteProcess, body: ChunkedBody): Promise<number> {
  const before = await route.held();
  const delivery = openDelivery(route, body);

  const during = await received(route, before.receivedBytes + delivery.sentBytes);

  expect(statusOf(await delivery.finish())).toBe(200);
  return during.bytes - before.bytes;
}

async function received(route: RouteProcess, bytes: number): Promise<HeldMemory> {
  return vi.waitFor(async () => {
    const held = await route.held();
    if (held.receivedBytes < bytes) throw new Error(`${held.receivedBytes} of ${bytes} bytes were received`);
    return held;
  }, parsedWithinMs);
}
