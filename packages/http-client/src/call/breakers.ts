import { type ConsecutiveBreaker, createConsecutiveBreaker, type Pass } from '@trunkline/breaker';
import { type Clock, createRecentMap } from '@trunkline/core';

import type { Happening } from './happening.ts';
import type { CallLimits } from './limits.ts';
import { retryTable } from './retry-table.ts';

export interface BreakerEvent {
  readonly of: 'connection' | 'host';
  readonly key: string;
  readonly change: 'opened' | 'closed';
}

/** The two breakers of a call as one: that of the connection, and that of the host, which opens at the first failure. */
export interface Breakers {
  admit(connection: string, host: string): Admission;
  /** When the next probe of the connection, or of the host, may go; undefined while calls are let through. */
  probeAtMs(of: BreakerEvent['of'], key: string): number | undefined;
}

export type Admission =
  | { readonly kind: 'pass'; settle(happening: Happening | 'ok'): void }
  | { readonly kind: 'open'; readonly of: BreakerEvent['of']; readonly probeAtMs: number };

export interface BreakersOptions {
  readonly limits: Pick<CallLimits, 'breakerFailures' | 'breakerOpenMs' | 'maxBreakers'>;
  readonly now: Clock;
  readonly onChange: (event: BreakerEvent) => void;
}

export function createBreakers({ limits, now, onChange }: BreakersOptions): Breakers {
  const known = {
    connection: createRecentMap<string, ConsecutiveBreaker>(limits.maxBreakers),
    host: createRecentMap<string, ConsecutiveBreaker>(limits.maxBreakers),
  };
  const failures = { connection: limits.breakerFailures, host: 1 };

  const breakerOf = (of: BreakerEvent['of'], key: string): ConsecutiveBreaker =>
    known[of].get(key) ??
    known[of].set(
      key,
      createConsecutiveBreaker({
        failures: failures[of],
        openMs: limits.breakerOpenMs,
        now,
        onChange: (change) => onChange({ of, key, change }),
      }),
    );

  return {
    admit(connection, host) {
      const ofHost = breakerOf('host', host).admit();
      if (ofHost.kind === 'open') return { ...ofHost, of: 'host' };
      const ofConnection = breakerOf('connection', connection).admit();
      if (ofConnection.kind === 'open') {
        ofHost.settle('neither');
        return { ...ofConnection, of: 'connection' };
      }
      return { kind: 'pass', settle: (happening) => settle(ofHost, ofConnection, happening) };
    },
    probeAtMs: (of, key) => known[of].get(key)?.state().probeAtMs,
  };
}

function settle(host: Pass, connection: Pass, happening: Happening | 'ok'): void {
  if (happening === 'ok') {
    host.settle('success');
    connection.settle('success');
    return;
  }
  host.settle(retryTable[happening].host);
  connection.settle(retryTable[happening].connection);
}
