import { isIP, type Socket } from 'node:net';

import { type AddressGuard, type Denial, explainDenial } from './address-guard.ts';
import { createConnector, DestinationDenied } from './connector.ts';
import { reasonOfConnecting } from './failure-reason.ts';
import { dialLimits } from './limits.ts';
import type { DialFailure } from './outcome.ts';
import { createNameResolver, type ResolveName } from './resolve-name.ts';

export interface OpenSocketOptions {
  readonly guard: AddressGuard;
  /** DNS of the system when absent. */
  readonly resolve?: ResolveName;
  readonly host: string;
  readonly port: number;
  /** Whether what is said stays in plain text, which is for one's own networks. */
  readonly isPlain: boolean;
  readonly connectTimeoutMs?: number;
}

/**
 * A connection of TCP for another protocol than HTTP, under the same guard: the addresses are judged, and are what is dialled.
 * TLS is the caller's to begin, with the name of the host. Never rejects.
 */
export async function openSocket(options: OpenSocketOptions): Promise<{ readonly socket: Socket } | DialFailure> {
  const { guard, resolve = createNameResolver(), port, isPlain } = options;
  const { connectTimeoutMs = dialLimits.connectTimeoutMs } = options;
  const host = plainName(options.host);
  const denial = guard.judgeHost(host, port);
  if (denial !== undefined) return denied(host, denial);
  const connect = createConnector({ guard, resolve, port, isPlain, connectTimeoutMs });
  return await new Promise((settle) => {
    connect({ hostname: host, host, protocol: 'http:', port: String(port) }, (...[error, socket]) => {
      if (error === null) return settle({ socket });
      if (error instanceof DestinationDenied) return settle(denied(host, error.denial));
      return settle({
        kind: 'failure',
        reason: reasonOfConnecting(error),
        arrived: 'no',
        detail: `${host}: no connection to port ${port}`,
      });
    });
  });
}

/** As a URL writes it: decimal and hexadecimal hosts become addresses here, too. What no URL takes is nobody's name. */
function plainName(host: string): string {
  const text = `https://${isIP(host) === 6 ? `[${host}]` : host}/`;
  if (!URL.canParse(text)) return '';
  const { hostname, pathname, username } = new URL(text);
  if (pathname !== '/' || username !== '') return '';
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname.replace(/\.$/, '');
}

function denied(host: string, denial: Denial): DialFailure {
  return {
    kind: 'failure',
    reason: 'denied',
    arrived: 'no',
    detail: `${host}: not a destination: ${explainDenial(denial)}`,
  };
}
