import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { providerNamed, verifyDelivery } from '@trunkline/providers';
import { describe, expect, it } from 'vitest';

import { listSecretVariables, loadSources } from './load.ts';
import { catalogOf, entry, fileText, load, temporaryFolder } from './testing/temporary-sources.ts';
import { maxSourcesFileBytes } from './yaml-file.ts';

describe('a catalog', () => {
  it('has what the file says, and the defaults of what it does not say', async () => {
    const catalog = await catalogOf(fileText());

    expect(catalog.tenants()).toEqual(['tnt_a']);
    expect(catalog.source('src_a')).toEqual({
      sourceId: 'src_a',
      tenantId: 'tnt_a',
      provider: providerNamed('stripe'),
      settings: {
        sourceId: 'src_a',
        tenantId: 'tnt_a',
        account: 'acct_1',
        secrets: [expect.objectContaining({ name: 'env:A', notAfterMs: undefined })],
        options: { modes: ['live'] },
      },
      state: 'enabled',
      bodyLimitBytes: 1_048_576,
      acceptDeadlineMs: 2_000,
      rate: { requests: 1_000, perMs: 1_000, burst: 5_000 },
    });
  });

  it('has every setting of a source', async () => {
    const catalog = await catalogOf(
      fileText({
        more: [
          'options: { modes: [test] }',
          'publicBaseUrl: https://hooks.example.com/in/',
          'bodyLimitBytes: 8MiB',
          'acceptDeadlineMs: 500',
          'rate: { requests: 100, per: 1m, burst: 10 }',
        ].join('\n'),
      }),
    );

    expect(catalog.source('src_a')).toMatchObject({
      settings: { options: { modes: ['test'] }, publicBaseUrl: 'https://hooks.example.com/in' },
      bodyLimitBytes: 8_388_608,
      acceptDeadlineMs: 500,
      rate: { requests: 100, perMs: 60_000, burst: 10 },
    });
  });

  it('lets a source that names addresses be used from those and no others', async () => {
    const catalog = await catalogOf(fileText({ more: 'allowAddresses: [203.0.113.0/24, 2001:db8::1]' }));

    const allowed = catalog.source('src_a')?.allowedAddresses;
    expect([
      allowed?.check('203.0.113.9'),
      allowed?.check('203.0.114.9'),
      allowed?.check('2001:db8::1', 'ipv6'),
    ]).toEqual([true, false, true]);
  });

  it.for([
    ['{ requests: 100, per: 1m }', { requests: 100, perMs: 60_000, burst: 100 }],
    ['{ requests: 3, per: 12h, burst: 1 }', { requests: 3, perMs: 43_200_000, burst: 1 }],
    ['{ requests: 1000000, per: 1s }', { requests: 1_000_000, perMs: 1_000, burst: 1_000_000 }],
  ] as const)('reads a rate of %s', async ([written, rate]) => {
    const catalog = await catalogOf(fileText({ more: `rate: ${written}` }));

    expect(catalog.source('src_a')?.rate).toEqual(rate);
  });

  it.for([
    ['512', 512],
    ['512KiB', 524_288],
    ['2MiB', 2_097_152],
  ] as const)('reads a body limit of %s as %d bytes', async ([written, bytes]) => {
    const catalog = await catalogOf(fileText({ more: `bodyLimitBytes: ${written}` }));

    expect(catalog.source('src_a')?.bodyLimitBytes).toBe(bytes);
  });

  it('keeps disabled and retired sources, in the order of the file', async () => {
    const after = `${entry({ id: 'src_c', account: 'acct_3', state: 'disabled' })}${entry({ id: 'src_b', state: 'retired' })}`;

    const catalog = await catalogOf(fileText({ after }));

    expect(catalog.all().map(({ sourceId, state }) => [sourceId, state])).toEqual([
      ['src_a', 'enabled'],
      ['src_c', 'disabled'],
      ['src_b', 'retired'],
    ]);
    expect(catalog.source('src_b')?.state).toBe('retired');
  });

  it('knows no source that the file does not name', async () => {
    const catalog = await catalogOf(fileText());

    expect(catalog.source('src_z')).toBeUndefined();
    expect(catalog.source('constructor')).toBeUndefined();
  });

  it('takes values that an alias repeats', async () => {
    const after = entry({ id: 'src_b', options: '*shared' });

    const catalog = await catalogOf(fileText({ more: 'options: &shared { modes: [test] }', after }));

    expect(catalog.source('src_b')?.settings.options).toEqual({ modes: ['test'] });
  });

  it('is refused nothing by a source whose account moved away from a retired one', async () => {
    const catalog = await catalogOf(
      fileText({ more: 'state: retired', after: entry({ id: 'src_b', account: 'acct_1' }) }),
    );

    expect(catalog.all()).toHaveLength(2);
  });

  it('gives a source that verifies what its secret signed', async () => {
    const source = (await catalogOf(fileText())).source('src_a');
    if (source === undefined) throw new Error('src_a is missing');
    const unsigned = {
      method: 'POST',
      target: '/',
      publicUrl: 'http://localhost/',
      headers: [],
      body: Buffer.from('{}'),
    };
    const signed = source.provider.sign(unsigned, source.settings, 1_000_000_000_000);

    expect(verifyDelivery(source, signed, 1_000_000_000_000).ok).toBe(true);
    expect(verifyDelivery(source, unsigned, 1_000_000_000_000).ok).toBe(false);
  });
});

describe('a file that cannot be read', () => {
  it('is a problem when it is not there', async () => {
    const path = join(await temporaryFolder(), 'trunkline.yaml');

    const loaded = await loadSources(path, { env: {} });

    expect(loaded).toEqual({
      problems: [expect.objectContaining({ line: 1, column: 1, path: '', message: 'the file is not there' })],
    });
  });

  it('is a problem when it is a folder', async () => {
    const path = join(await temporaryFolder(), 'trunkline.yaml');
    await mkdir(path);

    const loaded = await loadSources(path, { env: {} });

    expect(loaded).toEqual({ problems: [expect.objectContaining({ message: 'the file is not a file' })] });
  });

  it('is a problem when it is larger than its limit', async () => {
    const padding = '#'.repeat(maxSourcesFileBytes - fileText().length - 1);

    expect(await load(`${fileText()}#${padding}`)).toHaveProperty('catalog');
    expect(await load(`${fileText()}##${padding}`)).toEqual({
      problems: [expect.objectContaining({ message: 'the file is larger than 1048576 bytes' })],
    });
  });

  it('is a problem when it is not UTF-8', async () => {
    const path = join(await temporaryFolder(), 'trunkline.yaml');
    await writeFile(path, Buffer.from([0x61, 0x3a, 0xff, 0xfe]));

    const loaded = await loadSources(path, { env: {} });

    expect(loaded).toEqual({ problems: [expect.objectContaining({ message: 'the file is not UTF-8 text' })] });
  });
});

describe('the list of secret variables', () => {
  async function variablesOf(text: string): Promise<readonly (readonly [string, string])[]> {
    const path = join(await temporaryFolder(), 'trunkline.yaml');
    await writeFile(path, text);
    return (await listSecretVariables(path)).map(({ variable, provider }) => [variable, provider.name]);
  }

  it('has each variable once, with the provider that can make a value', async () => {
    const options = '{ scheme: bearer }';
    const after = [
      entry({ id: 'src_b', secrets: '[env:B, { from: env:A, notAfter: 2026-01-01T00:00:00Z }, file:c]' }),
      entry({ id: 'src_d', provider: 'generic', account: '', options, secrets: '[env:D]' }),
    ].join('');

    expect(await variablesOf(fileText({ after }))).toEqual([
      ['A', 'stripe'],
      ['B', 'stripe'],
      ['D', 'generic'],
    ]);
  });

  it('leaves out what only retired sources name', async () => {
    const after = `${entry({ id: 'src_b', secrets: '[env:B]', state: 'retired' })}${entry({ id: 'src_c', secrets: '[env:C]', state: 'disabled' })}`;

    expect(await variablesOf(fileText({ after }))).toEqual([
      ['A', 'stripe'],
      ['C', 'stripe'],
    ]);
  });

  it('is config_invalid for a file with mistakes, which it names', async () => {
    await expect(variablesOf('version: 1\n')).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/trunkline\.yaml:1:1 tenants: is missing/),
    });
  });
});
