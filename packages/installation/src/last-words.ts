import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const tailBytes = 64 * 1024;
const plainLines = 12;

/**
 * Why a process ended, as far as it said so in its log from byte `from` on: the message of its last fatal line; else
 * what it printed that is no log line (mistakes in its environment, a stack trace); else its last line. The lines of
 * earlier processes in the same file are none of it.
 */
export function lastWords(logFile: string, from: number): string {
  const lines = readFrom(logFile, from)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const parsed = lines.map(logLine);
  const fatal = parsed.findLast((line) => line?.level === 'fatal')?.message;
  if (fatal !== undefined) return fatal;
  const plain = lines.filter((_, index) => parsed[index] === undefined);
  if (plain.length > 0) return plain.slice(-plainLines).join('\n');
  return parsed.at(-1)?.message ?? 'it said nothing';
}

function readFrom(file: string, from: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const start = Math.max(from, size - tailBytes);
    const bytes = Buffer.alloc(Math.max(size - start, 0));
    const read = readSync(descriptor, bytes, 0, bytes.length, start);
    return bytes.toString('utf8', 0, read);
  } finally {
    closeSync(descriptor);
  }
}

function logLine(text: string): { readonly level: unknown; readonly message: string } | undefined {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line !== 'object' || line === null || !('level' in line) || !('message' in line)) return undefined;
    return { level: line.level, message: String(line.message) };
  } catch {
    // Not written by the logger.
    return undefined;
  }
}
