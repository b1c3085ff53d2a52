import type { ReceivedRequest } from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';
import { describe, expect, it } from 'vitest';

import { createKeyMaterialStore, defaultKeyMaterialLimits, type KeyMaterialLimits } from './key-material.ts';
import { stripeSource } from './testing/running-ingress.ts';

const certificateUrl = 'https://keys.example/cert.pem';

describe('key material', () => {
  it('is fetched once, however many requests need it at the same time and later', async () => {
    const { store, asked } = storeOf({ respond: () => new Response('CERT') });

    const first = await Promise.all([store.settingsFor(source(), request), store.settingsFor(source(), request)]);
    const later = await store.settingsFor(source(), request);

    expect(asked).toEqual([certificateUrl]);
    expect([...first, later].map(certificateIn)).toEqual(['CERT', 'CERT', 'CERT']);
  });

  it('is asked for again when it has been kept long enough', async () => {
    const clock = { nowMs: 0 };
    const { store, asked } = storeOf({ respond: () => new Response('CERT'), clock });

    await store.settingsFor(source(), request);
    clock.nowMs = defaultKeyMaterialLimits.keepMs;
    await store.settingsFor(source(), request);

    expect(asked).toHaveLength(2);
  });

  it.each([
    ['a refusal', () => new Response('no', { status: 404 })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } })],
    ['more bytes than the provider wants', () => new Response('x'.repeat(1_001))],
  ])('is left out after %s, and that is remembered', async (_, respond) => {
    const { store, asked } = storeOf({ respond });

    const settings = await store.settingsFor(source(), request);
    await store.settingsFor(source(), request);

    expect(certificateIn(settings)).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  it('is never fetched over plain http', async () => {
    const { store, asked } = storeOf({ respond: () => new Response('CERT') });

    const settings = await store.settingsFor(source('http://keys.example/cert.pem'), request);

    expect(settings.keyMaterial?.size).toBe(0);
    expect(asked).toEqual([]);
  });

  it.each([
    ['does not answer', () => Promise.reject(new TypeError('fetch failed'))],
    ['is in trouble', () => new Response('', { status: 503 })],
  ])('that %s is our trouble, not a bad signature', async (_, respond) => {
    const { store } = storeOf({ respond });

    await expect(store.settingsFor(source(), request)).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });

  it('that is good stays, however many others are named that are refused', async () => {
    const { store, asked } = storeOf({
      respond: (url) => (url === certificateUrl ? new Response('CERT') : new Response('no', { status: 404 })),
    });

    await store.settingsFor(source(), request);
    for (let forged = 0; forged < 500; forged += 1) {
      await store.settingsFor(source(`https://keys.example/${forged}.pem`), request);
    }
    const settings = await store.settingsFor(source(), request);

    expect(certificateIn(settings)).toBe('CERT');
    expect(asked.filter((url) => url === certificateUrl)).toHaveLength(1);
  });

  it('whose server did not answer is not asked for again at once, and then is', async () => {
    const clock = { nowMs: 0 };
    const { store, asked } = storeOf({ respond: () => Promise.reject(new TypeError('fetch failed')), clock });
    const ask = (): Promise<unknown> => store.settingsFor(source(), request);

    await expect(ask()).rejects.toMatchObject({ code: 'dependency_unavailable' });
    await expect(ask()).rejects.toMatchObject({ code: 'dependency_unavailable' });
    const meanwhile = asked.length;
    clock.nowMs = defaultKeyMaterialLimits.awayForMs;
    await expect(ask()).rejects.toMatchObject({ code: 'dependency_unavailable' });

    expect([meanwhile, asked.length]).toEqual([1, 2]);
  });

  it('of one source does not keep that of another waiting', async () => {
    const never = new Promise<Response>(() => undefined);
    const { store } = storeOf({ respond: (url) => (url === certificateUrl ? new Response('CERT') : never) });
    const hanging = Array.from({ length: 20 }, (_, index) =>
      store.settingsFor(source(`https://keys.example/${index}.pem`), request).catch((error: unknown) => error),
    );

    const other = await store.settingsFor({ ...source(), sourceId: 'src_other' }, request);

    expect(certificateIn(other)).toBe('CERT');
    expect(await Promise.race(hanging.slice(-1))).toMatchObject({ code: 'overloaded' });
  });

  it('is refused above the number of fetches at once', async () => {
    const never = new Promise<Response>(() => undefined);
    const { store } = storeOf({ respond: () => never, limits: { ...defaultKeyMaterialLimits, fetchesAtOnce: 0 } });

    await expect(store.settingsFor(source(), request)).rejects.toMatchObject({ code: 'overloaded' });
  });
});

const request: ReceivedRequest = {
  method: 'POST',
  target: '/',
  publicUrl: 'https://us.example/',
  headers: [],
  body: Buffer.alloc(0),
};

/** A source whose provider names one certificate for every request. */
function source(url = certificateUrl): ConfiguredSource {
  const plain = stripeSource({});
  return { ...plain, provider: { ...plain.provider, keyMaterial: () => [{ url, maxBytes: 1_000 }] } };
}

interface StoreSetup {
  readonly respond: (url: string) => Response | Promise<Response>;
  readonly clock?: { nowMs: number };
  readonly limits?: KeyMaterialLimits;
}

function storeOf({ respond, clock = { nowMs: 0 }, limits = defaultKeyMaterialLimits }: StoreSetup) {
  const asked: string[] = [];
  const store = createKeyMaterialStore(limits, {
    now: () => clock.nowMs,
    get: async (url) => {
      const text = url instanceof Request ? url.url : url.toString();
      asked.push(text);
      return await respond(text);
    },
  });
  return { store, asked };
}

function certificateIn(settings: ConfiguredSource['settings']): string | undefined {
  const bytes = settings.keyMaterial?.get(certificateUrl);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}
