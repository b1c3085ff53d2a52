/** The servers a fault row breaks: an embedded stack of their own, because rows kill, freeze and cut them off. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '@trunkline/installation';
import { type Stack, type StackProgress, startStack } from '@trunkline/stack';

export interface FaultServers {
  readonly stack: Stack;
  /** Where a fault proxy has to listen so that Kafka's clients stay behind it; see `kafkaProxyUpstream`. */
  readonly kafkaProxyPort: number;
  /** Stops the servers and removes their data. */
  stop(): Promise<void>;
}

export interface FaultServersOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: StackProgress) => void;
}

export async function startFaultServers(options: FaultServersOptions): Promise<FaultServers> {
  // The stack's lock file stands beside its data, so both get a parent that can be removed as a whole.
  const parent = mkdtempSync(join(tmpdir(), 'trunkline-faults-stack-'));
  chmodSync(parent, 0o755); // PostgreSQL runs as another user when we are root
  const removeData = (): void => rmSync(parent, { recursive: true, force: true });
  try {
    const [kafkaProxyPort = 0] = await freePorts(1);
    const stack = await startStack({
      ...options,
      dataDir: join(parent, 'stack'),
      // No trace store: at these rates it would be what is measured.
      parts: ['kafka', 'registry', 'postgres', 'redis'],
      kafkaProxyPort,
    });
    return {
      stack,
      kafkaProxyPort,
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
