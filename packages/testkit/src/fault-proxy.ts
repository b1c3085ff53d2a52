import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

import { freePorts } from '@trunkline/installation';

import { type AnswerLoss, FaultLink, type LinkEvents } from './fault-link.ts';
import type { Fault } from './fault.ts';
import { createRandom } from './random.ts';

export interface FaultProxyOptions {
  /** host:port of the server that is reached through the proxy. */
  readonly upstream: string;
  /** Where to listen; a free port when absent. Kafka's clients are led to the one its second listener was told. */
  readonly port?: number;
  /** Of everything that is decided by chance. */
  readonly seed: number;
}

export interface FaultProxyCounts {
  /** Sockets that are open now, on either side: what a leak would be seen by. */
  readonly openClients: number;
  readonly openUpstreams: number;
  /** Connections since the start: taken, and reset by the proxy. */
  readonly accepted: number;
  readonly resets: number;
  readonly answersLost: number;
  /** Held back now, in all connections together. */
  readonly heldBytes: number;
}

/** A TCP proxy on loopback in front of any server, whose faults are switched while it runs. */
export interface FaultProxy {
  readonly port: number;
  /** 127.0.0.1:port */
  readonly address: string;
  /**
   * Switches to a fault, for open connections and those to come; `undefined` heals. Resolves when it holds. Connections
   * that `half_open` has caught stay dead.
   */
  inflict(fault: Fault | undefined): Promise<void>;
  /**
   * Of the next so many requests that fit: passes them on, swallows the first bytes of the answer and resets the
   * connection, so that the server has done what the client never hears of. Beside any fault.
   */
  loseAnswers(count: number, isRequest?: (piece: Buffer) => boolean): void;
  counts(): FaultProxyCounts;
  /** Closes every socket. */
  close(): Promise<void>;
}

/** Starts a proxy that passes everything on until it is told otherwise. */
export async function startFaultProxy({ upstream, port: wanted, seed }: FaultProxyOptions): Promise<FaultProxy> {
  const port = wanted ?? (await freePorts(1))[0] ?? 0;
  const random = createRandom(seed);
  const links = new Set<FaultLink>();
  const loss: AnswerLoss = { left: 0, isRequest: () => true };
  const total = { accepted: 0, resets: 0, answersLost: 0 };
  let fault: Fault | undefined;
  let server: Server | undefined;
  const events: LinkEvents = {
    onReset: () => (total.resets += 1),
    onAnswerLost: () => (total.answersLost += 1),
    onClosed: (link) => links.delete(link),
  };

  const accept = (client: Socket): void => {
    if (fault?.kind === 'refuse') {
      // It was on its way when the listening socket closed.
      client.resetAndDestroy();
      return;
    }
    total.accepted += 1;
    links.add(new FaultLink({ client, upstream, fault: () => fault, loss, random, events }));
  };
  const listen = async (): Promise<void> => {
    server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    await once(server.listen({ port, host: '127.0.0.1' }), 'listening');
  };
  const stopListening = (): void => {
    // The listening socket is closed at once; the callback would wait for the connections, which go on.
    server?.close();
    server = undefined;
  };

  await listen();
  return {
    port,
    address: `127.0.0.1:${port}`,
    inflict: async (next) => {
      fault = next;
      if (next?.kind === 'refuse') {
        stopListening();
        for (const link of links) link.reset();
        return;
      }
      for (const link of links) link.faultChanged();
      if (server === undefined) await listen();
    },
    loseAnswers: (count, isRequest = () => true) => {
      loss.left = count;
      loss.isRequest = isRequest;
    },
    counts: () => ({
      ...total,
      openClients: [...links].filter((link) => link.isClientOpen).length,
      openUpstreams: [...links].filter((link) => link.isUpstreamOpen).length,
      heldBytes: [...links].reduce((sum, link) => sum + link.heldBytes, 0),
    }),
    close: async () => {
      stopListening();
      await Promise.all([...links].map((link) => link.destroy()));
    },
  };
}

/** https://kafka.apache.org/protocol#protocol_api_keys: two bytes after the four of the length. Produce is 0. */
export function isProduceRequest(piece: Buffer): boolean {
  return piece.length > 8 && piece.readInt16BE(4) === 0;
}
