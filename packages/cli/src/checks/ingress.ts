import { unreadiness } from '../readiness.ts';
import { serviceAddresses } from '../service-addresses.ts';
import { type Check, failed, ok } from './check.ts';

export const ingress: Check = {
  name: 'ingress',
  requires: [],
  async run({ settings }, signal) {
    settings.require('ingressUrl');
    const [address] = serviceAddresses(settings);
    if (address === undefined) throw new TypeError('an ingress that is named has an address');
    const trouble = await unreadiness(address, signal);
    return trouble === undefined
      ? ok(`${address.url} is ready`)
      : failed(`${address.url} is not ready: ${trouble}`, 'put right what it waits for; its log says more');
  },
};
