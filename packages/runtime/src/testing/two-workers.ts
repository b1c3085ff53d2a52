/** A program: a pool of two workers that have not run yet. It tells how often it forked one, until there were four or one gave up. */
import cluster from 'node:cluster';

import { startWorkerPool } from '../workers/worker-pool.ts';

const [, , fate] = process.argv;

if (cluster.isWorker) {
  if (fate === 'give up') process.exit(1);
  setInterval(() => undefined, 60_000);
} else {
  let forked = 0;
  const end = (said: string): void => {
    process.stdout.write(said);
    process.exit();
  };
  cluster.on('online', (worker) => {
    forked += 1;
    if (fate === 'be killed' && forked <= 2) worker.process.kill('SIGKILL');
    if (forked === 4) end(`forked ${forked}`);
  });
  const ignore = (): void => undefined;
  startWorkerPool({
    count: 2,
    environment: {},
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore, fatal: ignore },
    onWorker: ignore,
    onHopeless: ({ message }) => end(message),
  });
}
