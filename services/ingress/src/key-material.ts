import { messageOf, TrunklineError } from '@trunkline/core';
import type { ReceivedRequest } from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';

/** Key material that requests name (PayPal's certificate), fetched once and kept. */
export interface KeyMaterialStore {
  /**
   * The settings with what this request needs. What cannot be had is left out, and verification then says
   * `unknown_key`; a fetch that failed for want of an answer throws `dependency_unavailable`, so that the sender tries again.
   */
  settingsFor(source: ConfiguredSource, request: ReceivedRequest): Promise<ConfiguredSource['settings']>;
}

export interface KeyMaterialLimits {
  readonly entries: number;
  readonly keepMs: number;
  /** A URL that answered with a refusal is not asked again for this long: the request chooses the path. */
  readonly refusedForMs: number;
  readonly fetchTimeoutMs: number;
  readonly fetchesAtOnce: number;
}

export const defaultKeyMaterialLimits: KeyMaterialLimits = {
  entries: 64,
  keepMs: 24 * 3_600_000,
  refusedForMs: 60_000,
  fetchTimeoutMs: 2_000,
  fetchesAtOnce: 4,
};

/** The world outside, for tests. */
export interface KeyMaterialSupply {
  readonly now?: () => number;
  readonly get?: typeof fetch;
}

interface Entry {
  readonly bytes: Uint8Array | undefined;
  readonly untilMs: number;
}

/**
 * The URLs come from a provider's definition, which pins their hosts; here they are held to https, no redirect is followed,
 * and size, time, number and concurrency are bounded. `now` must not jump.
 */
export function createKeyMaterialStore(
  limits: KeyMaterialLimits,
  { now = () => performance.now(), get = fetch }: KeyMaterialSupply = {},
): KeyMaterialStore {
  const kept = new Map<string, Entry>();
  const underWay = new Map<string, Promise<Uint8Array | undefined>>();

  async function load(url: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const entry = kept.get(url);
    if (entry !== undefined && entry.untilMs > now()) return entry.bytes;
    const running = underWay.get(url);
    if (running !== undefined) return await running;
    if (underWay.size >= limits.fetchesAtOnce) {
      throw new TrunklineError(
        'overloaded',
        'too many certificates are being fetched at once; the sender will try again',
      );
    }
    const fetching = fetchBytes(get, url, { maxBytes, timeoutMs: limits.fetchTimeoutMs });
    underWay.set(url, fetching);
    try {
      const bytes = await fetching;
      keep(url, { bytes, untilMs: now() + (bytes === undefined ? limits.refusedForMs : limits.keepMs) });
      return bytes;
    } finally {
      underWay.delete(url);
    }
  }

  function keep(url: string, entry: Entry): void {
    kept.delete(url);
    kept.set(url, entry);
    // The oldest goes: maps remember the order of insertion.
    const [oldest] = kept.keys();
    if (kept.size > limits.entries && oldest !== undefined) kept.delete(oldest);
  }

  return {
    settingsFor: async (source, request) => {
      const needs = source.provider.keyMaterial?.(request, source.settings) ?? [];
      if (needs.length === 0) return source.settings;
      const keyMaterial = new Map<string, Uint8Array>();
      for (const { url, maxBytes } of needs) {
        const bytes = await load(url, maxBytes);
        if (bytes !== undefined) keyMaterial.set(url, bytes);
      }
      return { ...source.settings, keyMaterial };
    },
  };
}

/** The body of a 200; undefined for any other answer and for one that is too long. */
async function fetchBytes(
  get: typeof fetch,
  url: string,
  { maxBytes, timeoutMs }: { readonly maxBytes: number; readonly timeoutMs: number },
): Promise<Uint8Array | undefined> {
  if (URL.parse(url)?.protocol !== 'https:') return undefined;
  try {
    const response = await get(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    if (response.status >= 500)
      throw new TrunklineError('dependency_unavailable', `the key server answered ${response.status}`);
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel();
      return undefined;
    }
    return await bounded(response.body, maxBytes);
  } catch (cause) {
    if (cause instanceof TrunklineError) throw cause;
    throw new TrunklineError('dependency_unavailable', `the key server did not answer: ${messageOf(cause)}`, { cause });
  }
}

async function bounded(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    // Leaving the loop cancels the stream.
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
