import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

import {
  describeEnvironment,
  flag,
  httpUrl,
  list,
  oneOf,
  optional,
  port,
  readEnvironment,
  readSecretReference,
  renderEnvironmentProblems,
  secret,
  text,
  wholeNumber,
} from './environment.ts';

const schema = z.object({
  A_PORT: port(),
  A_LIMIT: wholeNumber({ min: 10, max: 20, fallback: 15 }),
  A_LIST: list({ what: 'a list', example: 'a,b' }),
  A_LEVEL: oneOf(['low', 'high'], 'low'),
  A_URL: optional(httpUrl({ what: 'an address', example: 'http://a' })),
  A_FLAG: flag(false),
});

const good = { A_PORT: '80', A_LIST: 'a, b' };

describe('readEnvironment', () => {
  it('fills in what is unset and takes a blank variable for unset', () => {
    const reading = readEnvironment(schema, { ...good, A_LIMIT: ' ', A_URL: '' });

    expect(reading).toEqual({
      ok: true,
      config: { A_PORT: 80, A_LIMIT: 15, A_LIST: ['a', 'b'], A_LEVEL: 'low', A_URL: undefined, A_FLAG: false },
    });
  });

  it('lists every mistake, each with the variable and an example', () => {
    const reading = readEnvironment(schema, { A_LIMIT: '21', A_LEVEL: 'mid', A_URL: 'ftp://a', A_FLAG: 'yes' });

    const problems = reading.ok ? [] : reading.problems;
    expect(problems.map((problem) => problem.variable).sort()).toEqual([
      'A_FLAG',
      'A_LEVEL',
      'A_LIMIT',
      'A_LIST',
      'A_PORT',
      'A_URL',
    ]);
    expect(problems.every((problem) => problem.problem.includes('for example'))).toBe(true);
  });

  it('never repeats the value, which may be a secret', () => {
    const secret = z.object({ KEY: wholeNumber({ min: 1, max: 2 }) });

    const reading = readEnvironment(secret, { KEY: 'whsec_marker' });

    expect(JSON.stringify(reading)).not.toContain('whsec_marker');
    expect(reading.ok).toBe(false);
  });

  it.each(['', '1.5', '-1', '1e3', '0x10', '99999999999999999999', 'Infinity'])(
    'refuses %j as a whole number',
    (given) => {
      const reading = readEnvironment(z.object({ N: wholeNumber({ min: 1, max: 2_000 }) }), { N: given });

      expect(reading.ok).toBe(false);
    },
  );

  it('says in one line per mistake what to set', () => {
    const lines = renderEnvironmentProblems('ingress', [
      { variable: 'A', problem: 'is missing' },
      { variable: 'LONGER', problem: 'must be a number' },
    ]);

    expect(lines.split('\n')).toEqual([
      'ingress cannot start: 2 mistakes in its environment',
      '  A       is missing',
      '  LONGER  must be a number',
      '',
    ]);
  });

  it('trims the blanks that files of variables leave', () => {
    const reading = readEnvironment(z.object({ T: text({ what: 'a text', example: 'x' }) }), { T: ' value\t' });

    expect(reading).toEqual({ ok: true, config: { T: 'value' } });
  });
});

describe('a secret of the environment', () => {
  const withSecret = z.object({
    KEY: secret(text({ what: 'a key', example: 'k' })),
    NAME: text({ what: 'a name', example: 'n' }),
  });
  const keyFile = (content: string): string => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-secret-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'key'), content);
    return join(folder, 'key');
  };
  const problemsOf = (environment: Readonly<Record<string, string>>): unknown => {
    const reading = readEnvironment(withSecret, { NAME: 'n', ...environment });
    return reading.ok ? [] : reading.problems.map(({ variable }) => variable);
  };

  it('comes by its variable, or by the file that its variable with _FILE names, less the end of the line', () => {
    const reading = readEnvironment(withSecret, { KEY_FILE: keyFile('marker\n'), NAME: 'n' });

    expect(reading).toEqual({ ok: true, config: { KEY: 'marker', NAME: 'n' } });
    expect(describeEnvironment(withSecret).map(({ name }) => name)).toEqual(['KEY', 'KEY_FILE', 'NAME']);
  });

  it('is asked for once where it is missing, and by the name of the file where that is wrong', () => {
    expect(problemsOf({})).toEqual(['KEY']);
    expect(problemsOf({ KEY_FILE: '/nowhere' })).toEqual(['KEY_FILE']);
    expect(problemsOf({ KEY_FILE: keyFile('x'.repeat(4_097)) })).toEqual(['KEY_FILE']);
    expect(problemsOf({ KEY: 'k', KEY_FILE: keyFile('k') })).toEqual(['KEY_FILE']);
  });

  it('is found behind a reference to its variable, to the file that the variable names, or to a file', () => {
    const file = keyFile('marker\n');
    const readings = [
      readSecretReference('env:KEY', { KEY: 'marker' }),
      readSecretReference('env:KEY', { KEY_FILE: file }),
      readSecretReference(`file:${file}`, {}),
    ];
    const nothing = [
      readSecretReference('env:KEY', {}),
      readSecretReference('env:KEY', { KEY_FILE: '/nowhere' }),
      readSecretReference('file:/nowhere', {}),
    ];

    expect(readings.map((text) => text?.trim())).toEqual(['marker', 'marker', 'marker']);
    expect(nothing).toEqual([undefined, undefined, undefined]);
  });

  it('is not read from a file of what is no secret', () => {
    expect(readEnvironment(withSecret, { KEY: 'k', NAME_FILE: keyFile('n') }).ok).toBe(false);
  });
});
