import { getJson } from '../http.ts';
import { type Check, failed, ok } from './check.ts';

export const ingress: Check = {
  name: 'ingress',
  requires: [],
  async run({ settings }, signal) {
    const url = settings.require('ingressUrl').replace(/\/+$/, '');
    const { status, body } = await getJson('the ingress', `${url}/readyz`, signal);
    return status === 200
      ? ok(`${url} is ready`)
      : failed(
          `${url} is not ready (${status}): ${JSON.stringify(body) ?? ''}`,
          'it says which check fails; its log says why',
        );
  },
};
