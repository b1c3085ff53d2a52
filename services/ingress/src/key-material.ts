import { classify, createRecentMap, messageOf, TrunklineError } from '@trunkline/core';
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
  /** Good ones. What failed has a place of its own, or requests that name what there is not would push them out. */
  readonly entries: number;
  /** URLs that were refused or did not answer. */
  readonly failures: number;
  readonly keepMs: number;
  /** A URL that answered with a refusal is not asked again for this long: the request chooses the path. */
  readonly refusedForMs: number;
  /** One that did not answer is not asked again for so long: the requests that name it get a 503 without a wait. */
  readonly awayForMs: number;
  readonly fetchTimeoutMs: number;
  readonly fetchesAtOnce: number;
  /** Of which so many at the most for one source, so that what is posted to one keeps no other waiting. */
  readonly fetchesPerSource: number;
}

export const defaultKeyMaterialLimits: KeyMaterialLimits = {
  entries: 64,
  failures: 1_000,
  keepMs: 24 * 3_600_000,
  refusedForMs: 60_000,
  awayForMs: 2_000,
  fetchTimeoutMs: 2_000,
  fetchesAtOnce: 16,
  fetchesPerSource: 4,
};

/** The world outside, for tests. */
export interface KeyMaterialSupply {
  readonly now?: () => number;
  readonly get?: typeof fetch;
}

interface Kept {
  readonly bytes: Uint8Array;
  readonly untilMs: number;
}

/** Of a URL that gave nothing: with the error, when it did not answer; without, when it refused. */
interface Failure {
  readonly error: TrunklineError | undefined;
  readonly untilMs: number;
}

interface Fetching {
  readonly sourceId: string;
  readonly bytes: Promise<Uint8Array | undefined>;
}

/**
 * The URLs come from a provider's definition, which pins their hosts; here they are held to https, no redirect is followed,
 * and size, time, number and concurrency are bounded. `now` must not jump.
 */
export function createKeyMaterialStore(
  limits: KeyMaterialLimits,
  { now = () => performance.now(), get = fetch }: KeyMaterialSupply = {},
): KeyMaterialStore {
  const kept = createRecentMap<string, Kept>(limits.entries);
  const failed = createRecentMap<string, Failure>(limits.failures);
  const underWay = new Map<string, Fetching>();

  async function load(url: string, maxBytes: number, sourceId: string): Promise<Uint8Array | undefined> {
    const good = kept.get(url);
    if (good !== undefined && good.untilMs > now()) return good.bytes;
    const running = underWay.get(url);
    if (running !== undefined) return await running.bytes;
    const failure = failed.get(url);
    if (failure !== undefined && failure.untilMs > now()) {
      if (failure.error === undefined) return undefined;
      throw failure.error;
    }
    const ofSource = [...underWay.values()].filter((fetching) => fetching.sourceId === sourceId).length;
    if (underWay.size >= limits.fetchesAtOnce || ofSource >= limits.fetchesPerSource) {
      throw new TrunklineError(
        'overloaded',
        'too many certificates are being fetched at once; the sender will try again',
      );
    }
    const bytes = fetchAndRemember(url, maxBytes);
    underWay.set(url, { sourceId, bytes });
    try {
      return await bytes;
    } finally {
      underWay.delete(url);
    }
  }

  async function fetchAndRemember(url: string, maxBytes: number): Promise<Uint8Array | undefined> {
    try {
      const bytes = await fetchBytes(get, url, { maxBytes, timeoutMs: limits.fetchTimeoutMs });
      if (bytes === undefined) failed.set(url, { error: undefined, untilMs: now() + limits.refusedForMs });
      else kept.set(url, { bytes, untilMs: now() + limits.keepMs });
      return bytes;
    } catch (thrown) {
      const error = classify(thrown);
      failed.set(url, { error, untilMs: now() + limits.awayForMs });
      throw error;
    }
  }

  return {
    settingsFor: async (source, request) => {
      const needs = source.provider.keyMaterial?.(request, source.settings) ?? [];
      if (needs.length === 0) return source.settings;
      const keyMaterial = new Map<string, Uint8Array>();
      for (const { url, maxBytes } of needs) {
        const bytes = await load(url, maxBytes, source.sourceId);
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
