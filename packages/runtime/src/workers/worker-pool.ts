import cluster, { type Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';

import { backoffMs, messageOf, settledWithin, TrunklineError } from '@trunkline/core';

import type { Readiness } from '../health.ts';
import type { Logger } from '../logger.ts';
import { closeWhatWasHandedTo } from './handing-over.ts';
import { createLink, type Link } from './link.ts';
import { workerWord } from './worker-end.ts';
import type { WorkerStanding } from './workers-health.ts';

export interface WorkerPoolOptions {
  readonly count: number;
  /** What a worker's environment has beside this process's own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logger: Logger;
  /** Told of each new worker before it can say anything, and how to learn of its end. */
  readonly onWorker: (link: Link, whenGone: (gone: () => void) => void) => void;
  /** A worker gave up before any had ever run: what it lacks, the next one would lack, too. Not one that was killed. */
  readonly onHopeless: (error: TrunklineError) => void;
}

/** The workers of a service: kept at their number, and stopped together. */
export interface WorkerPool {
  standing(): readonly WorkerStanding[];
  /** A worker that runs; undefined while none does. */
  anyRunning(): Link | undefined;
  links(): readonly { readonly number: number; readonly link: Link }[];
  /** Ends all in order; kills what is left at the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

/** The place of a worker: its number stays when the process in it is replaced. */
interface Place {
  readonly number: number;
  worker: Worker | undefined;
  link: Link | undefined;
  readiness: Readiness | undefined;
  ended: Promise<void>;
}

interface WorkerExit {
  readonly how: string;
  readonly gaveUp: boolean;
}

/** Between the end of a worker and its replacement: at once, and slower when it ends again and again. */
const backoff = { firstMs: 20, lastMs: 5_000 };
/** Who ran for so long ended for another reason than the last time. */
const steadyAfterMs = 10_000;

export function startWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { count, environment, logger, onWorker, onHopeless } = options;
  const stopping = new AbortController();
  // The parent's pipe is the first process's affair.
  cluster.setupPrimary({ stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let hasRun = false;

  const run = (place: Place): Promise<WorkerExit> => {
    const worker = cluster.fork(environment);
    closeWhatWasHandedTo(worker);
    const link = createLink(worker.process);
    const gone: (() => void)[] = [];
    Object.assign(place, { worker, link, readiness: undefined });
    link.onTold(workerWord.readiness, (readiness: Readiness) => {
      place.readiness = readiness;
      if (readiness.phase === 'running') hasRun = true;
    });
    onWorker(link, (told) => gone.push(told));
    // Of its channel; unheard it would end this process and all workers with it. Its end is told below.
    worker.on('error', (error) => logger.error({ worker: place.number, err: error }, 'a worker cannot be told'));
    return new Promise((resolve) => {
      worker.once('exit', (code: number | null, signal: string | null) => {
        Object.assign(place, { worker: undefined, link: undefined, readiness: undefined });
        for (const told of gone) told();
        resolve({ how: signal ?? `exit code ${code ?? 'unknown'}`, gaveUp: signal === null });
      });
    });
  };
  const keep = async (place: Place): Promise<void> => {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      const startedAtMs = performance.now();
      const { how, gaveUp } = await run(place);
      if (stopping.signal.aborted) return;
      if (gaveUp && !hasRun) {
        return onHopeless(new TrunklineError('config_invalid', `worker ${place.number} cannot start (${how})`));
      }
      if (performance.now() - startedAtMs > steadyAfterMs) attempt = 0;
      logger.error({ worker: place.number, how }, 'a worker has ended; another takes its place');
      await delay(backoffMs(attempt, backoff), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const places = Array.from({ length: count }, (_, index): Place => {
    const place: Place = {
      number: index + 1,
      worker: undefined,
      link: undefined,
      readiness: undefined,
      ended: Promise.resolve(),
    };
    place.ended = keep(place).catch((error: unknown) => {
      logger.error({ worker: place.number, err: error }, `a worker is not replaced: ${messageOf(error)}`);
    });
    return place;
  });

  return {
    standing: () => places.map(({ number, readiness }) => ({ number, readiness })),
    anyRunning: () => places.find(({ readiness }) => readiness?.phase === 'running')?.link,
    links: () => places.flatMap(({ number, link }) => (link === undefined ? [] : [{ number, link }])),
    stop: async (deadlineMs) => {
      stopping.abort();
      for (const { worker } of places) worker?.process.kill('SIGTERM');
      const ended = Promise.all(places.map((place) => place.ended));
      if ((await settledWithin(ended, deadlineMs)) === 'late') {
        for (const { worker } of places) worker?.process.kill('SIGKILL');
        await ended;
      }
    },
  };
}
