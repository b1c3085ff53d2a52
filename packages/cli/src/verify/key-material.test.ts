import { startHttpServer } from '@trunkline/operations/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { requestWith, sourceOf } from '../testing/refused-requests.ts';
import { createKeyFetcher } from './key-material.ts';

let server: Awaited<ReturnType<typeof startHttpServer>>;
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = await startHttpServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/moved') response.writeHead(302, { location: '/key' }).end();
    else if (request.url === '/gone') response.writeHead(404).end('no');
    else response.end('the key');
  });
});
afterEach(() => server.stop());

/** A source whose requests name these paths of the server. */
function sourceNaming(...paths: string[]): ReturnType<typeof sourceOf> {
  const source = sourceOf('stripe');
  const needs = paths.map((path) => ({ url: `${server.url}${path}`, maxBytes: path === '/large' ? 3 : 100 }));
  return { ...source, provider: { ...source.provider, keyMaterial: () => needs } };
}

describe('key material that a request names', () => {
  it('is fetched once, however many requests name it', async () => {
    const fetchKeys = createKeyFetcher(AbortSignal.timeout(5_000));

    const first = await fetchKeys(sourceNaming('/key'), requestWith('{}'));
    const second = await fetchKeys(sourceNaming('/key'), requestWith('{}'));

    expect([first, second].map(({ settings }) => settings.keyMaterial?.get(`${server.url}/key`)?.toString())).toEqual([
      'the key',
      'the key',
    ]);
    expect(asked).toEqual(['/key']);
  });

  it('is left out where it is moved, gone, too long, or nobody answers', async () => {
    const fetchKeys = createKeyFetcher(AbortSignal.timeout(5_000));
    const source = sourceNaming('/moved', '/gone', '/large');

    const keyed = await fetchKeys(source, requestWith('{}'));
    await server.stop();
    const alone = await fetchKeys(sourceNaming('/key'), requestWith('{}'));
    server = await startHttpServer((_request, response) => response.end());

    expect(keyed.settings.keyMaterial?.size).toBe(0);
    expect(alone.settings.keyMaterial?.size).toBe(0);
    expect(asked).toEqual(['/moved', '/gone', '/large']);
  });

  it('is not asked for where a provider needs none', async () => {
    const source = sourceOf('stripe');

    expect(await createKeyFetcher(AbortSignal.timeout(5_000))(source, requestWith('{}'))).toBe(source);
  });
});
