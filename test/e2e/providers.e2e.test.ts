import { createEventCodec, isTopic, type Topic } from '@trunkline/events';
import { type ServiceProcess, startService } from '@trunkline/installation';
import { createSchemaRegistry } from '@trunkline/kafka';
import {
  normalizeDelivery,
  plainAccepted,
  type ProviderDefinition,
  providers,
  replyTo,
  verifyDelivery,
} from '@trunkline/providers';
import { listFixtures, loadFixture, requestOf } from '@trunkline/providers/fixtures';
import { createTestInstallation, type TestInstallation } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ingressRecords, recordsOfEvent } from './facts.ts';
import { patientMs, root } from './world.ts';

const catalogue: readonly ProviderDefinition[] = providers;
/** No provider is left out: a sample's secret brings whatever its proof needs, PayPal's certificate included. */
const cases = catalogue.map((provider) => [provider.name, provider] as const);

let world: TestInstallation;
let ingress: ServiceProcess;
beforeAll(async () => {
  const { kafkaBrokers, registryUrl, postgresAdminUrl } = inject('stack');
  world = await createTestInstallation({
    root,
    endpoints: { kafkaBrokers, registryUrl, postgresAdminUrl },
    tier: 'e2e',
    services: ['payments'],
    sourcesYaml: JSON.stringify({
      version: 1,
      tenants: [{ id: 'tnt_e2e', name: 'End to end' }],
      sources: catalogue.map(sourceOf),
    }),
    secrets: Object.fromEntries(catalogue.map((provider) => [variableOf(provider), provider.secrets.generate()])),
  });
  ingress = await startService(world.installation, { name: 'ingress', port: world.ingressPort });
  await ingress.ready();
});
afterAll(async () => {
  await ingress?.stop();
  await world?.close();
});

describe('a request of every provider, posted to the running ingress', () => {
  it.each(cases)('%s: gets the answer it wants, and its events are read back from Kafka', async (_, provider) => {
    const expected = expectedOf(provider);

    const response = await post(expected.request);

    const body = await response.text();
    expect({ status: response.status, body }).toMatchObject({ status: expected.reply.status });
    expect(body).toEqual(expected.body);
    for (const [name, value] of Object.entries(expected.reply.headers)) expect(response.headers.get(name)).toBe(value);
    const archived = (await ingressRecords(world, 'ingress.delivery.v1')).get(
      response.headers.get('trunkline-delivery-id') ?? '',
    );
    expect(archived).toMatchObject({ verdict: expected.verdict, provider: provider.name });
    expect(archived?.eventIds).toHaveLength(expected.events.length);
    expect(
      await typesOnKafka(
        expected.events.map(({ topic }) => topic),
        archived?.eventIds ?? [],
      ),
    ).toEqual(expected.events.map(({ type }) => type));
  });

  it.each(cases)(
    '%s: is refused without its proof, and the answer tells nothing of the secret',
    async (_, provider) => {
      const settings = world.settingsOf(sourceIdOf(provider));
      const fixture = fixtureOf(provider);
      const url = `${world.ingressUrl}/hooks/${settings.sourceId}`;

      const response = await post(requestOf(fixture, url));

      // A dead ingress (503) or a crash (500) is no refusal, unless the provider wants exactly that.
      const own: readonly number[] = Object.values(provider.refusalStatus ?? {});
      expect([401, ...own]).toContain(response.status);
      expect(await response.clone().json()).toMatchObject({ error: expect.stringMatching(/^signature_/) });
      expect(await response.text()).not.toContain(settings.secrets[0]?.reveal() ?? 'no secret');
    },
  );
});

describe('a handshake', () => {
  it('of Slack is answered with its challenge once it is proven, and of a stranger it is refused', async () => {
    const slack = catalogue.find(({ name }) => name === 'slack');
    if (slack === undefined) throw new Error('there is no provider slack');
    const settings = world.settingsOf(sourceIdOf(slack));
    const unsigned = {
      ...requestOf(fixtureOf(slack), `${world.ingressUrl}/hooks/${settings.sourceId}`),
      body: Buffer.from('{"type":"url_verification","challenge":"3eZbrw1aB10FEMAGAZd4FyFQ"}'),
    };

    const proven = await post(slack.sign(unsigned, settings, Date.now()));
    const stranger = await post(unsigned);

    expect([proven.status, await proven.text()]).toEqual([200, '3eZbrw1aB10FEMAGAZd4FyFQ']);
    expect([stranger.status, await stranger.text()]).toEqual([401, expect.not.stringContaining('3eZbrw1a')]);
  });

  it('of Microsoft Graph is echoed as plain text that no browser runs', async () => {
    const token = '<script>alert(1)</script>';

    const response = await fetch(
      `${world.ingressUrl}/hooks/src_microsoft_graph?validationToken=${encodeURIComponent(token)}`,
      { method: 'POST', signal: AbortSignal.timeout(15_000) },
    );

    expect([response.status, await response.text()]).toEqual([200, token]);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

const ownBody: unknown = expect.stringMatching(/^\{"delivery":"dlv_[0-9a-f]{32}","events":\[.*\]\}\n$/);

function sourceIdOf(provider: ProviderDefinition): string {
  return `src_${provider.name}`;
}

function variableOf(provider: ProviderDefinition): string {
  return `E2E_${provider.name.toUpperCase()}`;
}

function sourceOf(provider: ProviderDefinition): Record<string, unknown> {
  const fixture = fixtureOf(provider);
  return {
    id: sourceIdOf(provider),
    tenant: 'tnt_e2e',
    provider: provider.name,
    secrets: [`env:${variableOf(provider)}`],
    acceptDeadlineMs: patientMs,
    ...(fixture.account === undefined ? {} : { account: fixture.account }),
    ...(fixture.options === undefined ? {} : { options: fixture.options }),
  };
}

function fixtureOf(provider: ProviderDefinition): ReturnType<typeof loadFixture> {
  const [event] = listFixtures(provider.name);
  if (event === undefined) throw new Error(`provider ${provider.name} has no fixture`);
  return loadFixture(provider.name, event);
}

/** What the definition says about its own fixture, worked out here; the ingress has to do the same over HTTP. */
function expectedOf(provider: ProviderDefinition) {
  const settings = world.settingsOf(sourceIdOf(provider));
  const url = `${world.ingressUrl}/hooks/${settings.sourceId}`;
  const request = provider.sign(requestOf(fixtureOf(provider), url), settings, Date.now());
  const result = verifyDelivery({ provider, settings }, request, Date.now());
  if (!result.ok) throw new Error(`${provider.name} refuses its own sample: ${result.step}, ${result.detail}`);
  const normalization = normalizeDelivery(provider, result.delivery);
  const reply = replyTo(provider, result.delivery, normalization);
  return {
    request,
    reply,
    // Where the provider wants no particular body, the ingress says what may help whoever reads the provider's log.
    body: reply === plainAccepted ? ownBody : Buffer.from(reply.body).toString('utf8'),
    verdict: normalization.verdict,
    events: normalization.events.map(({ topic, type }) => ({ topic, type })),
  };
}

async function post(request: ReturnType<typeof requestOf>): Promise<Response> {
  return await fetch(request.publicUrl, {
    method: request.method,
    headers: request.headers.map(([name, value]) => [name, value]),
    ...(request.method === 'GET' ? {} : { body: request.body }),
    signal: AbortSignal.timeout(15_000),
  });
}

/** The types of the events as they are decoded from their topics. */
async function typesOnKafka(topics: readonly string[], eventIds: readonly string[]): Promise<readonly string[]> {
  const { endpoints, namespace } = world.installation;
  const wanted = [...new Set(topics)].filter((topic): topic is Topic => isTopic(topic));
  const registry = createSchemaRegistry({ url: endpoints.registryUrl, namespace, timeoutMs: 30_000 });
  const codec = await createEventCodec({ registry, topics: wanted, limits: { registryDeadlineMs: 60_000 } });
  const types: string[] = [];
  for (const [index, id] of eventIds.entries()) {
    const topic = wanted.find((name) => name === topics[index]);
    if (topic === undefined) continue;
    const [record] = await recordsOfEvent(world, topic, id);
    const decoded = await codec.decode(topic, record?.value ?? null);
    if ('metadata' in decoded && 'type' in decoded.metadata) types.push(decoded.metadata.type);
  }
  return types;
}
