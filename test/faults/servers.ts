/** The servers a fault row breaks: an embedded stack of their own, because rows kill, freeze and cut them off. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '@trunkline/installation';
import { type Stack, type StackProgress, startStack } from '@trunkline/stack';

import { makeDataFolder } from '../setup/data-folder.ts';
import type { FaultRow } from './row.ts';

/** What a row may break, and where it is reached. */
export type BreakableStack = Pick<Stack, 'endpoints' | 'part' | 'broker'>;

export interface FaultServers {
  readonly stack: BreakableStack;
  /** Where a fault proxy has to listen so that Kafka's clients stay behind it; see `kafkaProxyUpstream`. With one broker. */
  readonly kafkaProxyPort: number;
  /** Where the servers keep their data, each in a folder of its name. */
  readonly dataDir: string;
}

/** Servers of one kind: all there are, Kafka with one broker; or several brokers and nothing else. */
export interface StartedServers extends FaultServers {
  /** Stops the servers and removes their data. */
  stop(): Promise<void>;
}

export interface FaultServersOptions {
  readonly brokers: number;
  /** What their data is in, removed with it; one of the disk unless given. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: StackProgress) => void;
}

/** What the folder of their data begins with. */
const faultsFolder = 'trunkline-faults-stack-';

/** As a tier of `npm test` starts them: in memory where there is plenty. The full rows keep to a disk, as production does. */
export async function startShortServers(brokers: number): Promise<StartedServers> {
  return startFaultServers({ brokers, folder: makeDataFolder(faultsFolder) });
}

export async function startFaultServers({ folder, ...options }: FaultServersOptions): Promise<StartedServers> {
  // The stack's lock file stands beside its data, so both get a parent that can be removed as a whole.
  const parent = folder ?? makeDataFolder(faultsFolder, tmpdir());
  const removeData = (): void => rmSync(parent, { recursive: true, force: true });
  try {
    const [kafkaProxyPort = 0] = await freePorts(1);
    const dataDir = join(parent, 'stack');
    const stack = await startStack({
      ...options,
      dataDir,
      // No trace store: at these rates it would be what is measured.
      ...(options.brokers === 1
        ? { parts: ['kafka', 'registry', 'postgres', 'redis'], kafkaProxyPort }
        : { parts: ['kafka'] }),
    });
    return {
      stack,
      kafkaProxyPort,
      dataDir,
      stop: async () => {
        await stack.stop();
        removeData();
      },
    };
  } catch (error) {
    removeData();
    throw error;
  }
}

/** Lends the same servers to all rows, one after the other, and brokers of its own to a row that wants several. */
export interface ServerPool {
  lend<T>(row: Pick<FaultRow, 'cluster'>, use: (servers: FaultServers) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export function createServerPool(start: (brokers: number) => Promise<StartedServers>): ServerPool {
  let shared: Promise<StartedServers> | undefined;
  return {
    lend: async ({ cluster }, use) => {
      const servers = await (shared ??= start(1));
      if (cluster === undefined) return use(servers);
      const brokers = await start(cluster.brokers);
      try {
        return await use({ ...servers, stack: withBrokers(servers.stack, brokers.stack) });
      } finally {
        await brokers.stop();
      }
    },
    stop: async () => {
      await (await shared)?.stop();
    },
  };
}

/** The servers of the one with the brokers of the other. */
function withBrokers(stack: BreakableStack, brokers: BreakableStack): BreakableStack {
  return {
    endpoints: {
      ...stack.endpoints,
      kafkaBrokers: brokers.endpoints.kafkaBrokers,
    },
    part: (name) => (name === 'kafka' ? brokers : stack).part(name),
    broker: (id) => brokers.broker(id),
  };
}
