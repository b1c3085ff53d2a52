import { setTimeout as delay } from 'node:timers/promises';

import { type Asked, type AskedWork, askedWork } from '@trunkline/connections';
import type { Database } from '@trunkline/postgres';

const lookEveryMs = 200;
/** The service looks twice a second: after this nobody is there. */
const untakenMs = 10_000;

/** Waits until what was asked for is done; undefined where nobody takes it, or the signal ends the wait. */
export async function awaitWork(
  database: Database,
  asked: Asked,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (work: AskedWork) => void },
): Promise<AskedWork | undefined> {
  let takenAtMs = performance.now();
  for (;;) {
    const work = await askedWork(database, asked, signal);
    if (work.isDone) return work;
    onProgress?.(work);
    if (work.isTaken) takenAtMs = performance.now();
    if (signal.aborted || performance.now() - takenAtMs > untakenMs) return undefined;
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
