/** `.trunkline/run.json`: how the command line and other shells find what `npm start` runs. It exists while that runs. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import type { TopicSizes } from '@trunkline/installation';
import type { StackEndpoints, StackKind } from '@trunkline/stack';

export interface RunFile {
  readonly pid: number;
  readonly startedAt: string;
  readonly stack: { readonly kind: StackKind; readonly endpoints: Omit<StackEndpoints, 'kafkaProxyUpstream'> };
  readonly topics: TopicSizes;
  /** The retry topics that each group has; the standard ones when absent. */
  readonly retryTiers?: readonly string[];
  readonly namespace: string;
  readonly databaseUrl: string;
  /** The variables of the command line's login to Kafka; none where nobody is asked for one. */
  readonly kafkaLogin: Readonly<Record<string, string>>;
  readonly ingressUrl: string;
  readonly services: readonly {
    readonly name: string;
    readonly pid: number;
    readonly healthUrl: string;
    readonly logFile: string;
  }[];
  readonly sourcesFile: string;
  readonly secretsFile: string;
}

/** Whole or not at all: others read it while we write. It holds passwords, hence the mode. */
export function writeRunFile(file: string, run: RunFile): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeRunFile(file: string): void {
  rmSync(file, { force: true });
}

/** The process of another `npm start` in this checkout that is still alive. */
export function otherRun(file: string): number | undefined {
  try {
    // Written by writeRunFile; anything else in its place fails the check of the type below.
    const { pid } = JSON.parse(readFileSync(file, 'utf8')) as Partial<RunFile>;
    if (typeof pid !== 'number' || pid === process.pid) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
