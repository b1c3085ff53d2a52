import { hostileNames, hostileUrls } from '@trunkline/http-client/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type ApiWorld, openApiWorld } from '../testing/api-world.ts';

const good = 'https://acme.example/hooks';

let world: ApiWorld;
let token: string;
let endpoint: string;
beforeAll(async () => {
  world = await openApiWorld(inject('stack').postgresAdminUrl);
  ({ token } = await world.key());
  const { body } = await world.ask('/v1/endpoints', { method: 'POST', token, body: { url: good, types: ['**'] } });
  endpoint = `/v1/endpoints/${(body as { readonly endpointId: string }).endpointId}`;
});
afterAll(() => world.close());

describe('the API', () => {
  it.each(hostileUrls)('makes no endpoint of %s, and says why: %s', async (url) => {
    const made = await world.ask('/v1/endpoints', { method: 'POST', token, body: { url, types: ['**'] } });

    expect(made).toMatchObject({ status: 422, body: { detail: expect.stringMatching(/never posted to: .{20}/) } });
  });

  it.each(hostileUrls)('moves no endpoint to %s, and says why: %s', async (url) => {
    const moved = await world.ask(endpoint, { method: 'PATCH', token, body: { url } });
    const read = await world.ask(endpoint, { token });

    expect(moved).toMatchObject({ status: 422, body: { detail: expect.stringMatching(/never posted to: .{20}/) } });
    expect(read).toMatchObject({ body: { url: good } });
  });

  it.each(hostileNames)('takes %s, whose addresses are judged at each request', async (url) => {
    const moved = await world.ask(endpoint, { method: 'PATCH', token, body: { url } });
    await world.ask(endpoint, { method: 'PATCH', token, body: { url: good } });

    expect(moved).toMatchObject({ status: 200 });
  });
});

it('another setting is changed of an endpoint in a network that is no longer allowed', async () => {
  await world.test.admin(`UPDATE delivery.endpoint SET url = 'https://10.1.2.3/'`);

  const changed = await world.ask(endpoint, { method: 'PATCH', token, body: { description: 'theirs' } });

  expect(changed).toMatchObject({ status: 200, body: { url: 'https://10.1.2.3/', description: 'theirs' } });
});
