import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { readEnvironment } from './environment.ts';
import { runtimeConfig } from './runtime-config.ts';

const token = '0123456789abcdef';

function operatorsOf(environment: Readonly<Record<string, string>>): unknown {
  const reading = readEnvironment(runtimeConfig, environment);
  return reading.ok ? reading.config.operators : reading.problems.map(({ variable }) => variable);
}

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-token-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'token'), text);
  return join(folder, 'token');
}

describe('where operators ask', () => {
  it('is this machine, unless they have a token', () => {
    expect(operatorsOf({})).toEqual({ host: '127.0.0.1', port: 8089, token: undefined });
  });

  it.each(['0.0.0.0', '::', '10.0.0.5', 'ingress.internal', '127.example.org'])('is not %s without one', (host) => {
    expect(operatorsOf({ TRUNKLINE_OPERATOR_HOST: host })).toEqual(['TRUNKLINE_OPERATOR_TOKEN']);
  });

  it.each(['127.0.0.1', '127.0.0.5', '::1', 'localhost'])('may be %s without one', (host) => {
    expect(operatorsOf({ TRUNKLINE_OPERATOR_HOST: host })).toMatchObject({ host });
  });

  it('may be anywhere with a token, given as it is or in a file', () => {
    const host = { TRUNKLINE_OPERATOR_HOST: '0.0.0.0' };

    expect(operatorsOf({ ...host, TRUNKLINE_OPERATOR_TOKEN: token })).toMatchObject({ token });
    expect(operatorsOf({ ...host, TRUNKLINE_OPERATOR_TOKEN_FILE: fileWith(`${token}\n`) })).toMatchObject({ token });
  });

  it.each([
    ['short', { TRUNKLINE_OPERATOR_TOKEN: 'short' }],
    ['two words', { TRUNKLINE_OPERATOR_TOKEN: 'a token with blanks' }],
  ])('is refused a token that is %s', (_what, environment) => {
    expect(operatorsOf(environment)).toEqual(['TRUNKLINE_OPERATOR_TOKEN']);
  });

  it('is refused a file that is not there, or holds no token', () => {
    const missing = operatorsOf({ TRUNKLINE_OPERATOR_TOKEN_FILE: '/nowhere/token' });
    const empty = operatorsOf({ TRUNKLINE_OPERATOR_TOKEN_FILE: fileWith('') });

    expect([missing, empty]).toEqual([['TRUNKLINE_OPERATOR_TOKEN_FILE'], ['TRUNKLINE_OPERATOR_TOKEN_FILE']]);
  });
});
