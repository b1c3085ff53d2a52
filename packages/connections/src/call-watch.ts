import type { Clock } from '@trunkline/core';
import type { BreakerEvent, Caller } from '@trunkline/http-client';
import { z } from 'zod';

import type { Deprecation } from './deprecation.ts';

/** What a process that calls providers tells operators, at `/debug` under `calls`. */
export const callsSummary = z.object({
  /** Whether all processes keep the rates together at this moment. */
  ratesShared: z.boolean(),
  /** Those that are open: calls are refused until one of them is let through as a probe. */
  openBreakers: z.array(z.object({ of: z.enum(['connection', 'host']), key: z.string(), probeAt: z.string() })),
  /** Operations whose API said that it will end. */
  deprecations: z.array(
    z.object({ operation: z.string(), sunsetAt: z.string().optional(), seenAt: z.string(), answers: z.number() }),
  ),
});
export type CallsSummary = z.infer<typeof callsSummary>;

/** Remembers what `callsSummary` tells, since the process began. */
export interface CallWatch {
  onBreaker(event: BreakerEvent): void;
  onDeprecation(operation: string, deprecation: Deprecation): void;
  summary(caller: Pick<Caller, 'probeAtMs'>): Omit<CallsSummary, 'ratesShared'>;
}

/** As many as a person reads. */
const maxTold = 100;

export function createCallWatch(clock: Clock): CallWatch {
  const open = new Map<string, BreakerEvent>();
  // By operation, of which there are as many as the clients have.
  const deprecations = new Map<string, CallsSummary['deprecations'][number]>();

  return {
    onBreaker(event) {
      const place = `${event.of} ${event.key}`;
      if (event.change === 'closed') open.delete(place);
      else if (open.size < maxTold) open.set(place, event);
    },
    onDeprecation(operation, { sunsetAtMs }) {
      deprecations.set(operation, {
        operation,
        ...(sunsetAtMs === undefined ? {} : { sunsetAt: new Date(sunsetAtMs).toISOString() }),
        seenAt: new Date(clock()).toISOString(),
        answers: (deprecations.get(operation)?.answers ?? 0) + 1,
      });
    },
    summary: (caller) => ({
      openBreakers: [...open.values()].flatMap(({ of, key }) => {
        const probeAtMs = caller.probeAtMs(of, key);
        return probeAtMs === undefined ? [] : [{ of, key, probeAt: new Date(probeAtMs).toISOString() }];
      }),
      deprecations: [...deprecations.values()].slice(0, maxTold),
    }),
  };
}
