import { classify } from '@trunkline/core';
import { unreadiness } from '@trunkline/operations';

import { consumerAddresses, operatorToken } from './service-addresses.ts';
import type { Settings } from './settings.ts';

/** A consumer process that takes no work, and why, in its own words. */
export interface Standing {
  readonly process: string;
  readonly url: string;
  readonly reason: string;
}

/** A process that is busy is late, not away. */
const answerDeadlineMs = 2_500;

/** The consumer processes that stand still. Of an installation whose processes nobody named there is nothing to say. */
export async function standingConsumers(settings: Settings, signal: AbortSignal): Promise<readonly Standing[]> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(answerDeadlineMs)]);
  const asked = await Promise.all(
    consumerAddresses(settings).map(async (address) => {
      const reason = await unreadiness(address, { signal: bounded, token: operatorToken(settings) }).catch(
        (thrown: unknown) => classify(thrown).message,
      );
      return reason === undefined ? [] : [{ process: address.name, url: address.url, reason }];
    }),
  );
  return asked.flat();
}

export function standingText({ process, reason }: Pick<Standing, 'process' | 'reason'>): string {
  return `${process} stands still: ${reason}`;
}
