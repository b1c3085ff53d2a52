import type { ServiceExit, ServiceProcess } from '@trunkline/installation';
import { expect, it } from 'vitest';

import { supervise } from './supervise.ts';

it('a service that is being started again, and does not get ready, is stopped all the same', async () => {
  const [first, second] = [processThat({ isReady: true }), processThat({ isReady: false })];
  const processes = [first, second];
  const startedAgain = Promise.withResolvers<void>();
  const service = await supervise({
    name: 'payments',
    start: () => Promise.resolve(processes.shift()?.process ?? second.process),
    say: () => undefined,
    onChange: () => startedAgain.resolve(),
  });
  await service.ready();
  first.end();
  await startedAgain.promise;

  await service.stop(1_000);

  expect(second.process.hasExited()).toBe(true);
});

interface Told {
  readonly process: ServiceProcess;
  end(): void;
}

/** One that ends when it is stopped, and is ready at once or never. */
function processThat({ isReady }: { readonly isReady: boolean }): Told {
  const exited = Promise.withResolvers<ServiceExit>();
  let hasExited = false;
  const end = (): void => {
    hasExited = true;
    exited.resolve({ code: 0, signal: null });
  };
  return {
    end,
    process: {
      name: 'payments',
      pid: 1,
      url: '',
      operatorUrl: '',
      logFile: 'payments.log',
      ready: () => (isReady ? Promise.resolve() : new Promise(() => undefined)),
      kill: end,
      stop: () => {
        end();
        return exited.promise;
      },
      exited: exited.promise,
      hasExited: () => hasExited,
    },
  };
}
