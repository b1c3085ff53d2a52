import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { verifyDelivery } from '@trunkline/providers';
import { describe, expect, it } from 'vitest';

import { loadSources } from './load.ts';
import { catalogOf, fileText, problemsOf, temporaryFolder, told, warningsOf } from './testing/temporary-sources.ts';

const nowMs = Date.parse('2026-06-01T00:00:00Z');

async function secretsOf(
  references: string,
  options: Parameters<typeof catalogOf>[1] = {},
): Promise<readonly string[]> {
  const catalog = await catalogOf(fileText().replace('[env:A]', references), options);
  return (catalog.source('src_a')?.settings.secrets ?? []).map((secret) => secret.reveal());
}

describe('a secret', () => {
  it('comes from the environment before the secrets file', async () => {
    const secretsFile = join(await temporaryFolder(), 'secrets.env');
    await writeFile(secretsFile, '# made by hand\nA=filed\nB="filed b"\nC=filed\n');

    const secrets = await secretsOf('[env:A, env:B, env:C]', { env: { A: 'set', C: ' ' }, secretsFile });

    expect(secrets).toEqual(['set', 'filed b', 'filed']);
  });

  it('comes from a file beside the sources file, without the line break at its end, and with the time of the file', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets', 'stripe'), 'whsec_filed\n');
    await utimes(join(folder, 'secrets', 'stripe'), nowMs / 1_000, nowMs / 1_000);
    await writeFile(join(folder, 'trunkline.yaml'), fileText().replace('[env:A]', '[file:secrets/stripe]'));

    const loaded = await loadSources(join(folder, 'trunkline.yaml'), { env: {} });

    if ('problems' in loaded) throw new Error('it has problems');
    expect(loaded.warnings).toEqual([]);
    const [secret] = loaded.catalog.source('src_a')?.settings.secrets ?? [];
    expect([secret?.reveal(), secret?.writtenAtMs]).toEqual(['whsec_filed', nowMs]);
  });

  it('counts until its notAfter, exclusive', async () => {
    const catalog = await catalogOf(
      fileText().replace('[env:A]', '[{ from: env:A, notAfter: "2026-06-01T02:00:00+02:00" }]'),
    );

    const secret = catalog.source('src_a')?.settings.secrets[0];

    expect([secret?.usable(nowMs - 1), secret?.usable(nowMs)]).toEqual([true, false]);
  });
});

describe('a source without a usable secret', () => {
  it.for([
    ['is not set', {}],
    ['is blank', { A: '' }],
    ['is blank', { A: ' \t\n' }],
  ] as const)('stays in the catalog, refuses everything, and is a warning: %s', async ([flaw, env]) => {
    const source = (await catalogOf(fileText(), { env })).source('src_a');
    const warnings = await warningsOf(fileText(), { env });

    if (source === undefined) throw new Error('src_a is missing');
    const request = { method: 'POST', target: '/', publicUrl: '', headers: [], body: Buffer.from('{}') };
    const signed = source.provider.sign(request, source.settings, nowMs);
    expect(verifyDelivery(source, signed, nowMs)).toMatchObject({ ok: false, step: 'no_usable_secret' });
    expect(told(warnings)).toEqual([
      `9:15 sources[0].secrets[0]: the secret env:A ${flaw}, and the source has no usable one: it refuses everything; ` +
        'set it to the signing secret (Stripe Dashboard, Developers, Webhooks, the endpoint, Signing secret: Reveal (whsec_…))',
    ]);
  });

  it.for([
    ['file:nowhere', 'is not there'],
    ['file:.', 'is not a file'],
    ['{ from: env:A, notAfter: 2026-06-01T00:00:00Z }', 'is past its notAfter'],
  ] as const)('is a warning: %s', async ([reference, flaw]) => {
    const warnings = await warningsOf(fileText().replace('[env:A]', `[${reference}]`), { clock: () => nowMs });

    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toContain(`${flaw}, and the source has no usable one: it refuses everything`);
  });

  it('is no warning while it is not enabled', async () => {
    expect(await warningsOf(fileText({ more: 'state: disabled' }), { env: {} })).toEqual([]);
    expect(await warningsOf(fileText({ more: 'state: retired' }), { env: {} })).toEqual([]);
  });
});

describe('a secret of a wrong form', () => {
  it('is a warning with the fix, and is not counted as usable', async () => {
    const warnings = await warningsOf(fileText(), { env: { A: 'sk_live_1' } });

    expect(told(warnings)).toEqual([
      expect.stringMatching(
        /the secret env:A is not the signing secret of an endpoint.*, and the source has no usable one: it refuses everything; set it to the signing secret/,
      ),
    ]);
    expect(JSON.stringify(warnings)).not.toContain('sk_live_1');
  });
});

describe('a secret that is bound', () => {
  const bound = (provider: string): string =>
    fileText()
      .replace('provider: stripe', `provider: ${provider}`)
      .replace('[env:A]', '[{ from: env:A, keyId: chn_1 }]');

  it.for(['google_calendar', 'microsoft_graph'])('counts for its channel only at %s', async (provider) => {
    const text = bound(provider).replace(/^.*account: .*\n/m, '');
    const catalog = await catalogOf(text, { env: { A: 'a-channel-token' } });

    expect(catalog.source('src_a')?.settings.secrets.map(({ keyId }) => keyId)).toEqual(['chn_1']);
  });

  it('is a mistake where no request names what it would be bound to', async () => {
    const problems = await problemsOf(bound('stripe'));

    expect(told(problems)).toEqual([expect.stringContaining('keyId')]);
  });
});

describe('a warning', () => {
  it('names the missing one of several, which keep their places', async () => {
    const text = fileText().replace('[env:A]', '[env:MISSING, env:A]');

    const warnings = await warningsOf(text);
    const secrets = await secretsOf('[env:MISSING, env:A]');

    expect(secrets).toEqual(['', 'whsec_a']);
    expect(told(warnings)).toEqual([
      expect.stringMatching(/secrets\[0\]: the secret env:MISSING is not set; set it .*, or remove the entry$/),
    ]);
  });

  it('is given for white space that was copied along, and the secret is used as it is', async () => {
    const env = { A: 'whsec_a ' };

    const warnings = await warningsOf(fileText(), { env });
    const secrets = await secretsOf('[env:A]', { env });

    expect(secrets).toEqual(['whsec_a ']);
    expect(warnings).toEqual([
      expect.objectContaining({
        message: 'the secret env:A begins or ends with white space',
        fix: 'remove the white space around it',
      }),
    ]);
  });

  it('is given per secret when the secrets file is not there', async () => {
    const secretsFile = join(await temporaryFolder(), 'secrets.env');

    const warnings = await warningsOf(fileText(), { env: {}, secretsFile });

    expect(warnings.map(({ path }) => path)).toEqual(['sources[0].secrets[0]']);
  });
});
