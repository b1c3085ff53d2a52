/** Starts the services of an installation: all of them, or none. */
import { messageOf } from '@trunkline/core';
import { type Installation, startService } from '@trunkline/installation';
import type { Progress } from '@trunkline/stack';

import type { ServicePlan } from './ports.ts';
import { supervise, type SupervisedService } from './supervise.ts';

export interface StartServices {
  readonly plans: readonly ServicePlan[];
  /** What each service is told beside what the installation decides. */
  readonly environmentOf: (service: string) => Readonly<Record<string, string>>;
  readonly progress: Progress;
  readonly say: (line: string) => void;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
  /** Everything is gone within this after a failure, or the end of the wait for it. */
  readonly stopMs: number;
  /** Filled while they start, so that whoever stops finds those that are not ready yet. */
  readonly held: SupervisedService[];
}

/**
 * Resolves when all are ready. The first that cannot start, or the signal, stops all others, whatever they are doing; then it
 * rejects with that one's reason, and nothing is left running.
 */
export async function startServices(installation: Installation, options: StartServices): Promise<void> {
  const { progress, held, signal, stopMs } = options;
  // Of a signal that came before, no listener would hear.
  signal.throwIfAborted();
  const over = new AbortController();
  const stopAll = (): void => {
    over.abort();
    // Each is waited for below, by its own start.
    for (const service of held) service.stop(stopMs).catch(() => undefined);
  };
  let first: { readonly error: unknown } | undefined;
  const startOne = async ({ name, ...ports }: ServicePlan): Promise<void> => {
    const step = progress.begin(name);
    const start = () => startService(installation, { name, ...ports, env: options.environmentOf(name) });
    try {
      const service = await supervise({ name, start, say: options.say, onChange: options.onChange });
      held.push(service);
      if (over.signal.aborted) await service.stop(stopMs);
      await service.ready();
      step.done();
    } catch (error) {
      const isFirst = first === undefined && !over.signal.aborted;
      if (isFirst) first = { error };
      step.fail(isFirst ? messageOf(error) : 'stopped');
      if (isFirst) stopAll();
    }
  };
  signal.addEventListener('abort', stopAll, { once: true });
  try {
    await Promise.all(options.plans.map(startOne));
  } finally {
    signal.removeEventListener('abort', stopAll);
  }
  signal.throwIfAborted();
  if (first !== undefined) {
    await Promise.all(held.map((service) => service.stop(stopMs)));
    throw first.error;
  }
}
