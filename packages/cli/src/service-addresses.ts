import type { Settings } from './settings.ts';

/** A process of this installation: where its /readyz and /metrics are. */
export interface ServiceAddress {
  /** Its name in run.json; of one that was named by hand `ingress`, or host and port. */
  readonly name: string;
  /** Without a slash at the end. */
  readonly url: string;
}

/** The ingress first, then the consumers; what nobody named is left out. */
export function serviceAddresses(settings: Settings): readonly ServiceAddress[] {
  const ingress = settings.find('ingressUrl');
  return [
    ...(ingress === undefined ? [] : [{ name: 'ingress', url: baseOf(ingress.value) }]),
    ...consumerAddresses(settings),
  ];
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
  return url.replace(/\/+(?:readyz|livez|metrics)?\/*$/, '');
}
