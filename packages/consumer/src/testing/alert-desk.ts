import type { Database } from '@trunkline/postgres';
import { createDirectory, type Directory } from '@trunkline/sources/directory';

import { type Alert, type AlertLook, createAlertWatch } from '../alerts/alert-watch.ts';
import { requestCodec, testNowMs } from './test-offers.ts';

/** The tenants of tests, and Ada of the first, who runs the installation and is told of everything by mail. */
export const operatedDirectory: Directory = createDirectory({
  regions: new Map(),
  tenants: ['tnt_a', 'tnt_b'],
  people: [
    {
      id: 'per_ada',
      tenantId: 'tnt_a',
      name: 'Ada',
      language: 'de',
      channels: [{ id: 'mail', kind: 'email', address: 'ada@acme.example' }],
    },
  ],
  phones: [],
  operators: [{ personId: 'per_ada', channels: ['mail'] }],
});

/** Looks, as the process of a service does now and then, and says what operators are told of. */
export async function lookForAlerts(
  database: Database,
  find: AlertLook,
  { directory = operatedDirectory }: { readonly directory?: Directory } = {},
): Promise<readonly Alert[]> {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const watch = createAlertWatch({
    database,
    find,
    codec: await requestCodec(),
    directory,
    clock: () => testNowMs,
    log,
  });
  try {
    return await watch.look();
  } finally {
    await watch.stop();
  }
}
