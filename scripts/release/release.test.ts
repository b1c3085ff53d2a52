import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { checksumsFile, checksumsOf } from './checksums.ts';
import { settledSbom } from './sbom.ts';
import { statedVersions } from './versions.ts';

const root = join(import.meta.dirname, '../..');

describe('the version', () => {
  it('is one, of every package, the image and the chart', () => {
    const stated = statedVersions(root);

    expect(new Set(stated.map(({ version }) => version)).size).toBe(1);
    expect(stated.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['package.json', 'packages/core/package.json', 'Dockerfile', 'helm/trunkline/Chart.yaml']),
    );
  });
});

describe('the bill of materials', () => {
  const made = (folder: string, serialNumber: string): string =>
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      serialNumber,
      metadata: {
        timestamp: '2026-01-01T00:00:00Z',
        component: { 'bom-ref': 'trunkline@0.1.0', name: folder, version: '0.1.0' },
      },
      components: [{ 'bom-ref': '@trunkline/core@0.1.0', name: 'core', version: '0.1.0', purl: 'pkg:npm/x' }],
    });
  const at = { time: '2026-02-03T04:05:06+00:00' };

  it('has the same bytes for the same commit, wherever and whenever it is made', () => {
    const here = settledSbom(made('here', 'urn:uuid:1'), at);

    expect(here).toBe(settledSbom(made('there', 'urn:uuid:2'), at));
    expect(JSON.parse(here)).toMatchObject({
      serialNumber: expect.stringMatching(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
      metadata: { timestamp: at.time, component: { name: 'trunkline' } },
      components: [{ name: '@trunkline/core', purl: 'pkg:npm/x' }],
    });
  });

  it.each(['npm error', '{}', '{"bomFormat":"CycloneDX","specVersion":"1.5"}'])('is not made of %s', (text) => {
    expect(() => settledSbom(text, at)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});

describe('the checksums', () => {
  it('are of every file but their own, as sha256sum writes them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-release-'));
    try {
      writeFileSync(join(folder, 'b.txt'), 'b');
      writeFileSync(join(folder, 'a.txt'), '');
      writeFileSync(join(folder, checksumsFile), 'of before');

      expect(checksumsOf(folder)).toBe(
        `e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.txt\n3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b.txt\n`,
      );
      expect(readFileSync(join(folder, checksumsFile), 'utf8')).toBe('of before');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
