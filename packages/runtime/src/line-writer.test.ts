import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createLineWriter, type LineWriter } from './line-writer.ts';

const limits = { writeBytes: 200, lingerMs: 1, maxWaitingBytes: 100_000 };

let directory: string;
let file: string;
let fd: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'line-writer-'));
  file = join(directory, 'log');
  fd = openSync(file, 'a');
});
afterEach(() => {
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

const flushed = (writer: LineWriter): Promise<void> => new Promise((resolve) => writer.flush(resolve));

describe('a writer of lines', () => {
  it('writes every line once and in order, whatever is flushed in between', async () => {
    const steps = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('flush', 'flushSync', 'turn')));
    let seen = 0;

    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        const writer = createLineWriter(fd, limits);
        const before = readFileSync(file, 'utf8').length;
        let expected = '';
        for (const action of actions) {
          // A synchronous flush may overtake what is being written, so here it comes before the first write only.
          if (action === 'flush') await flushed(writer);
          else if (action === 'flushSync' && expected.length < limits.writeBytes) writer.flushSync();
          else if (action === 'turn') await new Promise((resolve) => setImmediate(resolve));
          else {
            writer.write(`${action}\n`);
            expected += `${action}\n`;
          }
        }
        await flushed(writer);

        expect(readFileSync(file, 'utf8').slice(before)).toBe(expected);
        seen += expected.length;
      }),
      { numRuns: 60 },
    );
    expect(seen).toBeGreaterThan(0);
  });

  it('has written what waits when a synchronous flush returns', () => {
    const writer = createLineWriter(fd, { ...limits, lingerMs: 600_000 });

    writer.write('one\n');
    writer.write('two\n');
    writer.flushSync();

    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  });

  it('drops lines above its limit, and takes lines again when there is room', async () => {
    const writer = createLineWriter(fd, { writeBytes: 10_000, lingerMs: 600_000, maxWaitingBytes: 8 });

    writer.write('first\n');
    writer.write('too many\n');
    await flushed(writer);
    writer.write('second\n');
    await flushed(writer);

    expect(readFileSync(file, 'utf8')).toBe('first\nsecond\n');
  });

  it('is silent about a reader that is gone', async () => {
    const writer = createLineWriter(openSync(file, 'r'), limits);

    writer.write('nobody\n');
    await flushed(writer);
    writer.write('reads\n');
    await flushed(writer);

    expect(readFileSync(file, 'utf8')).toBe('');
  });
});

it('a process whose reader is slow loses no line below the limit, and ends with its last one', async () => {
  const program = fileURLToPath(new URL('testing/many-lines.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@trunkline/source', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  // A pipe holds 64 KiB, so the child is blocked again and again until this side asks for more.
  for await (const piece of child.stdout.setEncoding('utf8')) {
    text += String(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }

  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.split(' ')[0]));
  expect(lines).toEqual(Array.from({ length: 5_001 }, (_, index) => index));
});
