import { failed, ok, unreadiness } from '@trunkline/operations';

import { ingressAddress, operatorToken } from '../service-addresses.ts';
import type { CommandCheck } from './command-check.ts';

export const ingress: CommandCheck = {
  name: 'ingress',
  requires: [],
  async run({ settings }, signal) {
    const address = ingressAddress(settings) ?? { name: 'ingress', url: settings.require('ingressUrl') };
    const trouble = await unreadiness(address, { signal, token: operatorToken(settings) });
    return trouble === undefined
      ? ok(`${address.url} is ready`)
      : failed(`${address.url} is not ready: ${trouble}`, 'put right what it waits for; its log says more');
  },
};
