import { createExecutor, createSmtpSender, type Executor, type SmtpSender } from '@trunkline/clients';
import type { RateLimiter } from '@trunkline/core';
import {
  type AddressGuard,
  type Caller,
  createAddressGuard,
  createCaller,
  createDialler,
  type Dialler,
} from '@trunkline/http-client';
import type { Logger } from '@trunkline/runtime';
import type { Sender } from '@trunkline/sources/senders';

/** The way out of the process: the calls of all senders share its breakers, rates and connections. */
export interface Outbound {
  executor(sender: Sender): Executor;
  /** To that server. */
  smtp(sender: Sender, server: MailPlace): SmtpSender;
  close(): Promise<void>;
}

export interface MailPlace {
  readonly host: string;
  readonly port: number;
}

/** What senders share whose servers stand in one place. */
interface Reach {
  readonly guard: AddressGuard;
  readonly dialler: Dialler;
  readonly caller: Caller;
}

export interface OutboundOptions {
  readonly limiter: RateLimiter | undefined;
  /** Over one call with its repeats. */
  readonly callMs: number;
  readonly log: Logger;
}

export function createOutbound({ limiter, callMs, log }: OutboundOptions): Outbound {
  // One for the public internet, and one for each server in a network of one's own: as many as the sources file had.
  const reaches = new Map<string, Reach>();

  function reachOf(own: OwnPlace | undefined): Reach {
    const key = JSON.stringify(own ?? '');
    const known = reaches.get(key);
    if (known !== undefined) return known;
    const guard = createAddressGuard(
      own === undefined ? {} : { allow: [{ network: own.network, ports: [own.port] }], allowNames: [own.host] },
    );
    // A third is left for one repeat of what may be repeated.
    const dialler = createDialler({ guard, limits: { firstByteTimeoutMs: (callMs * 2) / 3, timeoutMs: callMs } });
    const caller = createCaller({
      dialler,
      ...(limiter === undefined ? {} : { limiter }),
      limits: { callTimeoutMs: callMs },
      onBreaker: ({ of, key: whose, change }) =>
        log.warn({ event: 'breaker', of, whose, change }, `the breaker of a ${of} ${change}`),
    });
    const reach = { guard, dialler, caller };
    reaches.set(key, reach);
    return reach;
  }

  return {
    executor: (sender) => {
      const { caller } = reachOf(ownApi(sender));
      const origin = 'origin' in sender ? sender.origin : undefined;
      return createExecutor({ caller, ...(origin === undefined ? {} : { origins: { [sender.kind]: origin } }) });
    },
    smtp: (sender, { host, port }) => {
      const network = 'network' in sender ? sender.network : undefined;
      const own = network === undefined ? undefined : { network, host, port };
      return createSmtpSender({ guard: reachOf(own).guard, timeoutMs: callMs });
    },
    close: async () => {
      await Promise.all([...reaches.values()].map(({ dialler }) => dialler.close()));
    },
  };
}

/** A server in a network of one's own. */
interface OwnPlace {
  readonly network: string;
  readonly host: string;
  readonly port: number;
}

function ownApi(sender: Sender): OwnPlace | undefined {
  // Without an origin it is the provider's own, which stands in no network of ours.
  if (!('origin' in sender) || sender.origin === undefined || sender.network === undefined) return undefined;
  const { protocol, hostname, port } = new URL(sender.origin);
  return {
    network: sender.network,
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  };
}
