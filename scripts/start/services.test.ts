import type { Installation } from '@trunkline/installation';
import { createProgress } from '@trunkline/stack';
import { expect, it } from 'vitest';

import { startServices } from './services.ts';

it('a run that was stopped before its services starts none of them', async () => {
  const asked: string[] = [];
  const environmentOf = (service: string): Readonly<Record<string, string>> => {
    asked.push(service);
    throw new Error('it was to be started');
  };

  const starting = startServices({} as Installation, {
    plans: [{ name: 'payments', port: 1, operatorPort: 1 }],
    environmentOf,
    progress: createProgress({ write: () => undefined }),
    say: () => undefined,
    onChange: () => undefined,
    signal: AbortSignal.abort(new Error('stopped by SIGINT')),
    stopMs: 1_000,
    held: [],
  });

  await expect(starting).rejects.toThrow('stopped by SIGINT');
  expect(asked).toEqual([]);
});
