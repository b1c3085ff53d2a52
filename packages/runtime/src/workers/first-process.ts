import type { App } from '../lifecycle.ts';
import type { OperatorAnswers } from '../operators.ts';
import { mergeMetrics, type WorkerMetrics } from './merge-metrics.ts';
import { workerWord } from './worker-end.ts';
import { startWorkerPool, type WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';
import { readinessOfAll } from './workers-health.ts';

export interface FirstProcessOptions extends WorkerPoolOptions {
  /** Of this process itself. */
  readonly metrics: () => Promise<string>;
}

/** What the first of several processes does: it takes connections and hands them out, and answers for all. */
export interface FirstProcess extends App, OperatorAnswers {}

export function createFirstProcess(options: FirstProcessOptions): FirstProcess {
  let pool: WorkerPool | undefined;
  let isStopping = false;
  return {
    start: () => {
      pool = startWorkerPool(options);
      return Promise.resolve();
    },
    stop: async (deadlineMs) => {
      isStopping = true;
      await pool?.stop(deadlineMs);
    },
    readiness: () => readinessOfAll(pool?.standing() ?? [], isStopping),
    summary: async () => {
      const workers = (pool?.standing() ?? []).map(({ number, readiness }) => ({ number, phase: readiness?.phase }));
      // All workers read the same files, so one answers for all.
      const summary = await pool?.anyRunning()?.ask(workerWord.summary, undefined);
      return { ...(typeof summary === 'object' ? summary : {}), workers };
    },
    metrics: async () => {
      const own = { worker: 'first', text: await options.metrics() };
      const asked = (pool?.links() ?? []).map(async ({ number, link }): Promise<WorkerMetrics> => ({
        worker: String(number),
        // What the worker's end answers.
        text: (await link.ask(workerWord.metrics, undefined)) as string,
      }));
      // One that ends meanwhile, or is not up yet, has nothing to say.
      const told = await Promise.allSettled(asked);
      return mergeMetrics([own, ...told.flatMap((page) => (page.status === 'fulfilled' ? [page.value] : []))]);
    },
  };
}
