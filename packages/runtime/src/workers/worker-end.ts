import cluster from 'node:cluster';

import type { Health, Readiness } from '../health.ts';
import { createLink, type Link } from './link.ts';

/** The names of what the first process of a service and its workers say to each other. */
export const workerWord = { readiness: 'readiness', summary: 'summary', metrics: 'metrics' } as const;

/** The other end of a worker; undefined in a process that is none. */
export function firstProcess(): Link | undefined {
  return cluster.isWorker ? createLink(process) : undefined;
}

export interface WorkerReport {
  readonly first: Link;
  readonly health: Health;
  readonly metrics: () => Promise<string>;
}

/** How old what operators are told of a worker may be. */
const tellEveryMs = 200;

/** Tells the first process how this worker is, and answers what operators ask it. A worker has no port for them. */
export function reportToFirst({ first, health, metrics }: WorkerReport): void {
  first.onAsked(workerWord.metrics, metrics);
  first.onAsked(workerWord.summary, () => health.summary());
  let last = '';
  const tell = (): void => {
    const readiness: Readiness = health.readiness();
    const said = JSON.stringify(readiness);
    if (said !== last) first.tell(workerWord.readiness, readiness);
    last = said;
  };
  tell();
  setInterval(tell, tellEveryMs).unref();
}
