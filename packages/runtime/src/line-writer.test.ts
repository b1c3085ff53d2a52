import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createLineWriter, type EncodeLine, type LineWriter } from './line-writer.ts';

const limits = { writeBytes: 200, lingerMs: 1, maxWaitingBytes: 10_000_000 };

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

/** Writes byte by byte, as far as there is room. */
function encoderOf(line: string): EncodeLine {
  const source = Buffer.from(line);
  return (bytes, at) => {
    for (const [index, byte] of source.entries()) bytes[at + index] = byte;
    return at + source.length;
  };
}

/** Finds out behind its first bytes that it is no line. */
const noLine: EncodeLine = (bytes, at) => {
  bytes.fill(0x78, at, at + 10);
  return -1;
};

const flushed = (writer: LineWriter): Promise<void> => new Promise((resolve) => writer.flush(resolve));

describe('a writer of lines', () => {
  it('writes every line once and in order, whatever is flushed in between', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 2 * limits.writeBytes });
    const steps = fc.array(
      fc.oneof(
        text.map((line) => ({ as: 'text' as const, line: `${line}\n` })),
        text.map((line) => ({ as: 'bytes' as const, line: `${line}\n` })),
        fc.constantFrom('none' as const, 'flush' as const, 'flushSync' as const, 'turn' as const),
      ),
    );
    let seen = 0;

    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        const writer = createLineWriter(fd, limits);
        const before = readFileSync(file, 'utf8').length;
        let expected = '';
        let hasTurned = false;
        const taken = { lines: 0, others: 0 };
        let encoded = 0;
        for (const action of actions) {
          // A synchronous flush may overtake what is being written, so here it comes before the first write only.
          const isWritten = hasTurned || Buffer.byteLength(expected) >= limits.writeBytes;
          if (action === 'flush') await flushed(writer);
          else if (action === 'flushSync' && !isWritten) writer.flushSync();
          else if (action === 'turn') {
            hasTurned = true;
            await new Promise((resolve) => setImmediate(resolve));
          } else if (action === 'none') taken.others += Number(writer.encode(noLine));
          else if (action !== 'flushSync') {
            if (action.as === 'text') writer.write(action.line);
            else {
              encoded += 1;
              taken.lines += Number(writer.encode(encoderOf(action.line)));
            }
            expected += action.line;
          }
        }
        await flushed(writer);

        expect(readFileSync(file, 'utf8').slice(before)).toBe(expected);
        expect(taken).toEqual({ lines: encoded, others: 0 });
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
