import type { ServiceAddress } from '@trunkline/operations';

import { secretOf, type Settings } from './settings.ts';

/** The ingress first, then the consumers; what nobody named is left out. */
export function serviceAddresses(settings: Settings): readonly ServiceAddress[] {
  const ingress = ingressAddress(settings);
  return [...(ingress === undefined ? [] : [ingress]), ...consumerAddresses(settings)];
}

/** Its port for operators where that is known; the port for webhooks says at least whether it is ready. */
export function ingressAddress(settings: Settings): ServiceAddress | undefined {
  const webhooks = settings.find('ingressUrl');
  const operators = settings.find('ingressOperatorUrl');
  // Of another ingress than its own, the run knows nothing.
  const isOther = operators?.origin === 'run.json' && webhooks?.origin !== 'run.json';
  const found = operators === undefined || isOther ? webhooks : operators;
  return found === undefined ? undefined : { name: 'ingress', url: baseOf(found.value) };
}

/** What a process may want to see before it tells operators more than a probe needs. Goes to no other address. */
export function operatorToken({ environment }: Settings): string | undefined {
  return secretOf(environment, 'TRUNKLINE_OPERATOR_TOKEN');
}

export function consumerAddresses(settings: Settings): readonly ServiceAddress[] {
  const urls = (settings.find('consumerUrl')?.value ?? '').split(',').map((url) => baseOf(url.trim()));
  return urls.filter((url) => url !== '').map((url) => ({ name: nameOf(url, settings), url }));
}

function nameOf(url: string, { run }: Settings): string {
  const known = run?.services.find(({ healthUrl }) => baseOf(healthUrl) === url);
  return known?.name ?? URL.parse(url)?.host ?? url;
}

/** The address of a probe is that of its process and a path. */
export function baseOf(url: string): string {
  return url.replace(/\/+(?:readyz|livez|metrics|debug)?\/*$/, '');
}
