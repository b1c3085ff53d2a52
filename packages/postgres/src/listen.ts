import { type Backoff, backoffMs, classify, type TrunklineError } from '@trunkline/core';
import { Client } from 'pg';

import { driverError } from './driver-error.ts';
import { identifier } from './identifiers.ts';

export interface ListenOptions {
  /** Straight to the server: a pooler that gives a connection to another session after each transaction hears nothing. */
  readonly connectionString: string;
  readonly applicationName: string;
  readonly channels: readonly string[];
  /** At each `pg_notify`, after the commit of its transaction. */
  readonly onNotice: (notice: { readonly channel: string; readonly payload: string }) => void;
  /** At each new connection: what was told before it is lost, so whoever listens looks at everything once. */
  readonly onConnected: () => void;
  readonly onAway?: (error: TrunklineError) => void;
}

/** A connection of its own that hears what other transactions tell. It hears nothing while Postgres is away. */
export interface Listener {
  start(): void;
  stop(): Promise<void>;
}

const backoff: Backoff = { firstMs: 200, lastMs: 5_000 };
const connectTimeoutMs = 5_000;
/** How soon a server that went away without a word is noticed. */
const probeEveryMs = 15_000;

export function createListener(options: ListenOptions): Listener {
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let probe: NodeJS.Timeout | undefined;
  let isStopped = false;
  let failures = 0;
  let opening: Promise<void> | undefined;

  async function open(): Promise<void> {
    const next = new Client({
      connectionString: options.connectionString,
      application_name: options.applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: connectTimeoutMs,
      keepAlive: true,
    });
    client = next;
    next.on('error', (error) => lose(next, error));
    next.on('end', () => lose(next, new Error('Connection terminated')));
    next.on('notification', ({ channel, payload = '' }) => options.onNotice({ channel, payload }));
    try {
      await next.connect();
      for (const channel of options.channels) await next.query(`LISTEN ${identifier(channel)}`);
    } catch (error) {
      return lose(next, error);
    }
    if (isStopped || client !== next) return;
    failures = 0;
    probe = setInterval(() => {
      probeOnce(next);
    }, probeEveryMs);
    options.onConnected();
  }

  function probeOnce(open: Client): void {
    open.query('SELECT 1').then(
      () => undefined,
      (error: unknown) => lose(open, error),
    );
  }

  /** Once for each connection: the driver may tell of one loss in several ways. */
  function lose(lost: Client, error: unknown): void {
    if (client !== lost) return;
    client = undefined;
    clearInterval(probe);
    // It is gone, or on its way: nobody waits for its end.
    lost.end().catch(() => undefined);
    if (isStopped) return;
    options.onAway?.(classify(driverError(error)));
    timer = setTimeout(begin, backoffMs(failures, backoff));
    failures += 1;
  }

  function begin(): void {
    opening = open();
  }

  return {
    start: begin,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      clearInterval(probe);
      const open = client;
      client = undefined;
      await open?.end().catch(() => undefined);
      await opening;
    },
  };
}
