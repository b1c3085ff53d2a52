import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lastWords } from './last-words.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-last-words-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function logOf(...lines: readonly (string | { readonly level: string; readonly msg: string })[]): string {
  const file = join(directory, 'service.log');
  writeFileSync(file, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
  return file;
}

describe('the last words of a process', () => {
  it('are the message of its fatal line, whatever it logged after it', () => {
    const file = logOf(
      { level: 'info', msg: 'started' },
      { level: 'fatal', msg: 'two handlers claim one type' },
      { level: 'error', msg: 'telemetry was not flushed' },
    );

    expect(lastWords(file, 0)).toBe('two handlers claim one type');
  });

  it('are what it printed, where it ended before it had a log', () => {
    const file = logOf('ingress cannot start: 1 mistake in its environment', '  TRUNKLINE_X  must be a port number');

    expect(lastWords(file, 0)).toBe(
      'ingress cannot start: 1 mistake in its environment\n  TRUNKLINE_X  must be a port number',
    );
  });

  it('are its last line, where it gave no reason', () => {
    expect(lastWords(logOf({ level: 'info', msg: 'a' }, { level: 'info', msg: 'b' }), 0)).toBe('b');
  });

  it('are not those of the process before it in the same file', () => {
    const before = `${JSON.stringify({ level: 'fatal', msg: 'of yesterday' })}\n`;
    const file = logOf(before.trimEnd(), { level: 'info', msg: 'of today' });

    expect(lastWords(file, Buffer.byteLength(before))).toBe('of today');
    expect(lastWords(logOf(before.trimEnd()), Buffer.byteLength(before))).toBe('it said nothing');
  });
});
