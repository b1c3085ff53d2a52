import { readLimited } from '@trunkline/operations/http';
import type { ProviderSource, ReceivedRequest } from '@trunkline/providers';

/** As long as the ingress waits for a certificate, and as many as a file of captures may name. */
const deadlineMs = 5_000;
const mostUrls = 100;

/** Adds what a request names and its verification needs (PayPal's certificate) to the source. */
export type KeyFetcher = (source: ProviderSource, request: ReceivedRequest) => Promise<ProviderSource>;

/**
 * Fetches each URL once, from the hosts that the provider's definition pins. What cannot be had is left out, and the
 * verdict is then `unknown_key`, as the ingress's would be.
 */
export function createKeyFetcher(signal: AbortSignal): KeyFetcher {
  const fetched = new Map<string, Promise<Uint8Array | undefined>>();
  const bytesOf = (url: string, maxBytes: number): Promise<Uint8Array | undefined> => {
    const known = fetched.get(url);
    if (known !== undefined || fetched.size >= mostUrls) return known ?? Promise.resolve(undefined);
    const fetching = download(url, maxBytes, signal);
    fetched.set(url, fetching);
    return fetching;
  };
  return async (source, request) => {
    const needs = source.provider.keyMaterial?.(request, source.settings) ?? [];
    if (needs.length === 0) return source;
    const keyMaterial = new Map<string, Uint8Array>();
    for (const { url, maxBytes } of needs) {
      const bytes = await bytesOf(url, maxBytes);
      if (bytes !== undefined) keyMaterial.set(url, bytes);
    }
    return { ...source, settings: { ...source.settings, keyMaterial } };
  };
}

async function download(url: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    const response = await fetch(url, {
      // A redirect could lead off the pinned hosts.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    });
    if (!response.ok) return undefined;
    return await readLimited(response, maxBytes);
  } catch {
    return undefined; // No answer, too long, not what it should be: no key either way.
  }
}
