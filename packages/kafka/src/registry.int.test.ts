import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createAuthority } from '@trunkline/stack';
import { startTlsFront } from '@trunkline/testkit';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';

import { createSchemaRegistry, type SchemaRegistryClient } from './registry.ts';

const namespace = `t${randomBytes(5).toString('hex')}.`;
let registry: SchemaRegistryClient;

beforeAll(() => {
  registry = createSchemaRegistry({ url: inject('stack').registryUrl, namespace, timeoutMs: 30_000 });
});

function schemaOf(...fields: readonly object[]): string {
  return JSON.stringify({
    type: 'record',
    name: 'Thing',
    namespace: namespace.replace('.', ''),
    doc: 'kept as it is',
    fields,
  });
}

const id = { name: 'id', type: 'string' };
const at = { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } };
const optional = { name: 'note', type: ['null', 'string'], default: null };

describe('the schema registry', () => {
  it('registers a schema once, finds its id, and gives its text back with documentation and logical types', async () => {
    const schema = schemaOf(id, at);

    const registered = await registry.register('thing.v1-value', schema, 'FULL_TRANSITIVE');
    const again = await registry.register('thing.v1-value', schema, 'FULL_TRANSITIVE');

    expect(again).toBe(registered);
    expect(await registry.idOf('thing.v1-value', schema)).toBe(registered);
    expect(JSON.parse(await registry.schemaOf(registered))).toEqual(JSON.parse(schema));
  });

  it('lets in what is compatible and refuses what is not, with reasons', async () => {
    await registry.register('strict.v1-value', schemaOf(id), 'FULL_TRANSITIVE');

    expect(await registry.check('strict.v1-value', schemaOf(id, optional))).toEqual({ isCompatible: true });
    expect(await registry.check('new.v1-value', schemaOf(id))).toEqual({ isCompatible: true });
    expect(await registry.check('strict.v1-value', schemaOf(id, at))).toMatchObject({ isCompatible: false });
    await expect(registry.register('strict.v1-value', schemaOf(id, at), 'FULL_TRANSITIVE')).rejects.toMatchObject({
      code: 'config_invalid',
    });
    await expect(registry.register('strict.v1-value', schemaOf(id, optional), 'FULL_TRANSITIVE')).resolves.toBeTypeOf(
      'number',
    );
  });

  it('says which command registers a schema it does not have', async () => {
    const unregistered = registry.idOf('never.v1-value', schemaOf(id, at, optional));

    await expect(unregistered).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('trunkline schemas register'),
    });
  });

  it('says of an id it does not know that it is unknown, not that it is unreachable', async () => {
    await expect(registry.schemaOf(2_000_000_000)).rejects.toMatchObject({ code: 'schema_unknown' });
  });

  it('tells of an unreachable registry that it is unreachable', async () => {
    const nowhere = createSchemaRegistry({ url: 'http://127.0.0.1:9/apis/ccompat/v7', timeoutMs: 500 });

    await expect(nowhere.schemaOf(1)).rejects.toMatchObject({ code: 'dependency_unavailable' });
    await expect(nowhere.idOf('thing.v1-value', schemaOf(id))).rejects.toMatchObject({
      code: 'dependency_unavailable',
    });
    await expect(nowhere.probe()).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });

  it('does not take the 404 of some other server for an unknown id', async () => {
    const elsewhere = createSchemaRegistry({
      url: `${new URL(inject('stack').registryUrl).origin}/elsewhere`,
      timeoutMs: 5_000,
    });

    await expect(elsewhere.schemaOf(1)).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });

  it('answers a probe', async () => {
    await expect(registry.probe()).resolves.toBeUndefined();
  });
});

describe('a registry behind TLS', () => {
  it('is believed by the authority of its file as it is at each connection, and by no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-registry-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const caFile = join(folder, 'ca.crt');
    const { host, pathname } = new URL(inject('stack').registryUrl);
    const [first, second] = [createAuthority('first'), createAuthority('second')];
    const front = await startTlsFront({ upstream: host, certificate: first.issue('registry', ['127.0.0.1']) });
    onTestFinished(() => front.close());
    const url = `https://127.0.0.1:${front.port}${pathname}`;
    writeFileSync(caFile, second.certificate);
    const secured = createSchemaRegistry({ url, namespace, timeoutMs: 30_000, caFile });

    await expect(secured.probe()).rejects.toMatchObject({
      code: 'dependency_unavailable',
      message: expect.stringContaining('certificate'),
    });
    writeFileSync(caFile, first.certificate);
    await secured.probe();

    await expect(createSchemaRegistry({ url, namespace, timeoutMs: 30_000 }).probe()).rejects.toThrow('certificate');
  });
});
