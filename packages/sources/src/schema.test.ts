import { join } from 'node:path';

import { providers, verifyDelivery } from '@trunkline/providers';
import { listFixtures, loadFixture } from '@trunkline/providers/fixtures';
import { beforeAll, describe, expect, it } from 'vitest';

import { listSecretVariables, loadSources } from './load.ts';
import { schemaAt } from './schema-node.ts';
import { sourcesJsonSchema } from './schema.ts';

interface Branch {
  readonly required: readonly string[];
  readonly properties: { readonly provider: { readonly const: string } };
}

/** One branch a provider, which is what sourcesJsonSchema makes of the union. */
function branchesOf(json: Readonly<Record<string, unknown>>): readonly Branch[] {
  return json['oneOf'] as readonly Branch[]; // a JSON Schema has no type of its own here
}

describe('the JSON Schema', () => {
  const schema = sourcesJsonSchema();

  it('offers every provider', () => {
    const { json } = schemaAt(schema, {}, ['sources', 0]);

    expect(branchesOf(json).map(({ properties }) => properties.provider.const)).toEqual(
      providers.map(({ name }) => name),
    );
  });

  it.each([
    ['stripe', ['modes']],
    ['generic', ['scheme', 'header', 'event', 'contentEncoding', 'probes']],
  ])("offers %s's own options", (name, keys) => {
    const document = { sources: [{ provider: name, options: { scheme: 'token' } }] };

    expect(schemaAt(schema, document, ['sources', 0, 'options']).keys).toEqual(keys);
  });

  it('asks for an account where the provider needs one, and only there', () => {
    const { json } = schemaAt(schema, {}, ['sources', 0]);

    const asking = branchesOf(json)
      .filter(({ required }) => required.includes('account'))
      .map(({ properties }) => properties.provider.const);

    expect(asking).toEqual(providers.filter(({ account }) => account === 'configured').map(({ name }) => name));
  });

  it('explains every setting of the file', () => {
    const { json } = schemaAt(schema, {}, ['sources', 0]);
    const branches = json['oneOf'] as {
      readonly properties: Readonly<Record<string, { readonly description?: string; readonly const?: string }>>;
    }[];
    const settings = branches.flatMap(({ properties }) => Object.entries(properties));

    expect(settings.filter(([, setting]) => setting.description === undefined && setting.const === undefined)).toEqual(
      [],
    );
  });
});

describe('the sample trunkline.yaml', () => {
  const path = join(import.meta.dirname, '../../../trunkline.yaml');
  const env: Record<string, string> = {};
  beforeAll(async () => {
    for (const { variable, provider } of await listSecretVariables(path)) env[variable] = provider.secrets.generate();
  });

  it('has no mistake, and no warning once its secrets are set', async () => {
    expect(await loadSources(path, { env })).toMatchObject({ warnings: [] });
  });

  /** Its sources are of these two; every other provider's samples are taken by a source of their own (test/e2e). */
  const sampled = providers.filter(({ name }) => name === 'stripe' || name === 'generic');

  it.for(sampled.flatMap(({ name }) => listFixtures(name).map((event) => [name, event] as const)))(
    'takes the sample %s %s',
    async ([name, event]) => {
      const loaded = await loadSources(path, { env });
      if ('problems' in loaded) throw new Error('the sample has problems');
      const source = loaded.catalog.all().find(({ provider }) => provider.name === name);
      if (source === undefined) throw new Error(`no source of ${name}`);
      const { request, receivedAtMs } = loadFixture(name, event);
      const { query, ...parts } = request;
      const unsigned = { ...parts, target: `/hooks/x${query}`, publicUrl: `http://localhost/hooks/x${query}` };

      const result = verifyDelivery(
        source,
        source.provider.sign(unsigned, source.settings, receivedAtMs),
        receivedAtMs,
      );

      if (!result.ok) throw new Error(result.detail);
      // What the sample source's pointers do not find makes it partial; ignored would be a sample without an event.
      expect(['normalised', 'partial']).toContain(source.provider.normalize(result.delivery).verdict);
    },
  );
});
