import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ensureVariables, readEnvFile } from './env-file.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-env-file-'));
  file = join(directory, 'below', 'secrets.env');
});
afterEach(() => rmSync(directory, { recursive: true }));

const ensure = (made: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) =>
  ensureVariables(file, {
    heading: 'made by a test',
    generators: new Map(Object.entries(made).map(([name, value]) => [name, () => value])),
    env,
  });

describe('a file of variables', () => {
  it.each([
    ['plain text', 'ab12'],
    ['several lines', '-----BEGIN KEY-----\nab==\n-----END KEY-----\n'],
    ['a hash and blanks', ' tok en#with-a-hash '],
    ['quotes of two kinds', `it's "so"`],
    ['what looks like an escape', 'a\\nb'],
    ['an equals sign', 'a=b='],
    ['a dollar sign', 'a$HOME${HOME}'],
  ])('holds %s so that it is read as it was', (_, value) => {
    ensure({ SECRET: value, AFTER: 'x' });

    expect(readEnvFile(file)).toEqual({ SECRET: value, AFTER: 'x' });
    expect(ensure({ SECRET: 'another' }).values).toEqual({ SECRET: value });
  });

  it('keeps every byte that is there when it is added to', () => {
    ensure({ FIRST: '1' });
    const before = `# mine\r\n\nB_HASH="tok en#with-a-hash" # why\n  C = 'x'\nLAST=without an end of line`;
    writeFileSync(file, before);

    ensure({ ADDED: 'new' });

    expect(readFileSync(file, 'utf8')).toBe(`${before}\nADDED=new\n`);
  });

  it('is left alone when nothing is missing', () => {
    ensure({ A: '1' });
    const before = statSync(file, { bigint: true }).mtimeNs;

    const { made } = ensure({ A: '2' });

    expect(made).toEqual([]);
    expect(statSync(file, { bigint: true }).mtimeNs).toBe(before);
  });

  it('gives way to the shell, and is not told what the shell says', () => {
    const { values } = ensure({ A: 'made', B: 'made' }, { A: 'of the shell', B: '' });

    expect(values).toEqual({ A: 'of the shell', B: 'made' });
    expect(parseEnv(readFileSync(file, 'utf8'))).toEqual({ B: 'made' });
  });

  it('is nobody else’s to read', () => {
    ensure({ A: '1' });

    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('that a line would be lost in is refused, and stays as it is', () => {
    ensure({ FIRST: '1' });
    const before = "A='never closed\n";
    writeFileSync(file, before);

    const adding = (): unknown => ensure({ ADDED: 'with blanks # inside' });

    expect(adding).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});
