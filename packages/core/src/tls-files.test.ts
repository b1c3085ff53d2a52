import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Certificate, createAuthority } from '@trunkline/stack';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { createTlsContext } from './tls-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

const authority = createAuthority('test');
const files = { caFile: join(folder, 'ca.crt'), certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };

function write({ certificate, key }: Certificate): void {
  writeFileSync(files.certFile, certificate);
  writeFileSync(files.keyFile, key);
}

beforeEach(() => {
  writeFileSync(files.caFile, authority.certificate);
  write(authority.issue('one'));
});

describe('the files of a TLS connection', () => {
  it('are read again when they have changed, and not taken for new while they have not', () => {
    const tls = createTlsContext(files);

    const before = tls.current();
    const same = tls.current();
    write(authority.issue('two'));
    const after = tls.current();

    expect(same).toBe(before);
    expect(after).not.toBe(before);
  });

  it.each([
    ['the new certificate with the old key', () => writeFileSync(files.certFile, authority.issue('two').certificate)],
    ['half a certificate', () => writeFileSync(files.certFile, authority.issue('two').certificate.slice(0, 300))],
    ['no certificate', () => rmSync(files.certFile)],
    ['an authority that is none', () => writeFileSync(files.caFile, 'not yet')],
  ])('that are %s count once they are whole', (_what, halfWay) => {
    const kept: string[] = [];
    const tls = createTlsContext(files, (reason) => kept.push(reason));
    const before = tls.current();

    halfWay();
    const during = tls.current();
    writeFileSync(files.caFile, authority.certificate);
    write(authority.issue('two'));
    const after = tls.current();

    expect(during).toBe(before);
    expect(kept).toEqual([expect.stringContaining(files.certFile)]);
    expect(after).not.toBe(before);
  });

  it('are named when they never were usable', () => {
    const tls = createTlsContext({ ...files, certFile: join(folder, 'nowhere.crt') });

    expect(() => tls.current()).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining('nowhere.crt') }),
    );
  });
});
