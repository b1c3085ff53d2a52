import { classify } from '@trunkline/core';
import { failed, few, ok, skipped, unreadiness } from '@trunkline/operations';

import { consumerAddresses, operatorToken } from '../service-addresses.ts';
import type { CommandCheck } from './command-check.ts';

/** The consumer services take work: each says itself whether it does, and what it waits for. */
export const consumers: CommandCheck = {
  name: 'consumers',
  requires: [],
  async run({ settings }, signal) {
    const addresses = consumerAddresses(settings);
    if (settings.find('consumerUrl')?.origin === 'run.json') return skipped('looked at with the run');
    if (addresses.length === 0)
      return skipped('no consumer service is named (--consumer-url or TRUNKLINE_CONSUMER_URL)');
    const token = operatorToken(settings);
    const troubles = await Promise.all(
      addresses.map(async (address) => {
        const trouble = await unreadiness(address, { signal, token }).catch(
          (thrown: unknown) => classify(thrown).message,
        );
        return trouble === undefined ? [] : [`${address.name} is not ready: ${trouble}`];
      }),
    );
    const found = troubles.flat();
    return found.length === 0
      ? ok(`${few(addresses.map(({ name }) => name))} ready`)
      : failed(few(found), 'put right what it waits for; its log and docs/runbooks say more');
  },
};
