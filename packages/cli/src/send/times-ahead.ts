import { TrunklineError } from '@trunkline/core';
import type { Fixture } from '@trunkline/providers/fixtures';

import type { Change } from './changes.ts';

const dayMs = 24 * 3_600_000;

/**
 * The changes that keep what a sample announces ahead of now, as it was ahead of the message when that was recorded:
 * a meeting that is over by now would be told nobody. It is moved by whole days, so the time of day stays.
 */
export function timesAhead({ event, ahead, receivedAtMs, request }: Fixture, nowMs: number): readonly Change[] {
  if (ahead.length === 0) return [];
  const document: unknown = JSON.parse(Buffer.from(request.body).toString('utf8'));
  const days = Math.ceil((nowMs - receivedAtMs) / dayMs);
  return ahead.map((text) => {
    const path = text.split('.');
    const time = path.reduce<unknown>((part, name) => (isRecord(part) ? part[name] : undefined), document);
    if (typeof time !== 'string' || Number.isNaN(Date.parse(time))) {
      throw new TrunklineError('config_invalid', `the sample ${event} has no time at ${text}`);
    }
    const date = new Date(Date.parse(time) + days * dayMs).toISOString().slice(0, dateLength);
    // The rest as the provider writes it.
    return { path, value: JSON.stringify(date + time.slice(dateLength)) };
  });
}

const dateLength = '2026-03-05'.length;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
