/** A server that was built from a Go module, as a process of a test with a folder of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { until } from '@trunkline/installation';

import type { GoBinary } from './go-binary.ts';

export interface GoServer {
  /** Resolves when the process is gone, and its folder with it. */
  stop(): Promise<void>;
}

export interface GoServerOptions {
  /** Writes what the server reads into its folder, and gives its arguments. */
  readonly prepare: (folder: string) => readonly string[];
  /** Answers with a 2xx once the server is ready. */
  readonly readyUrl: string;
}

const stopDeadlineMs = 10_000;

export async function startGoServer({ path }: GoBinary, { prepare, readyUrl }: GoServerOptions): Promise<GoServer> {
  const name = basename(path);
  const folder = mkdtempSync(join(tmpdir(), `trunkline-${name}-`));
  const server = spawn(path, [...prepare(folder)], { stdio: 'ignore' });
  const ended = once(server, 'close');
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), stopDeadlineMs);
    await ended;
    clearTimeout(late);
    rmSync(folder, { recursive: true });
  };
  try {
    await until(`${name} answers`, async () => (await fetch(readyUrl)).ok, { everyMs: 100 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}
