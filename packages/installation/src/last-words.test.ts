import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLogger } from '@trunkline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lastWords } from './last-words.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-last-words-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function logOf(...lines: readonly string[]): string {
  const file = join(directory, 'service.log');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

/** As a service writes it. */
function line(level: 'info' | 'error' | 'fatal', message: string): string {
  let written = '';
  const write = (text: string): void => void (written += text);
  createLogger({ name: 'payments', version: '0', instance: 'vm-1', level: 'info', write })[level]({}, message);
  return written.trimEnd();
}

describe('the last words of a process', () => {
  it('are the message of its fatal line, whatever it logged after it', () => {
    const file = logOf(
      line('info', 'started'),
      line('fatal', 'two handlers claim one type'),
      line('error', 'telemetry was not flushed'),
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
    expect(lastWords(logOf(line('info', 'a'), line('info', 'b')), 0)).toBe('b');
  });

  it('are not those of the process before it in the same file', () => {
    const before = `${line('fatal', 'of yesterday')}\n`;
    const file = logOf(before.trimEnd(), line('info', 'of today'));

    expect(lastWords(file, Buffer.byteLength(before))).toBe('of today');
    expect(lastWords(logOf(before.trimEnd()), Buffer.byteLength(before))).toBe('it said nothing');
  });
});
