import { write, writeSync } from 'node:fs';

import { foreignCode } from '@trunkline/core';

export interface LineWriterLimits {
  /** So many bytes are written at once: not more, unless a line alone is longer. */
  readonly writeBytes: number;
  /** A line waits at most this long for others. */
  readonly lingerMs: number;
  /** Lines above this are dropped: whoever reads them has stopped. */
  readonly maxWaitingBytes: number;
}

/** Where lines go that are many, and that nobody waits for. */
export interface LineWriter {
  /** Takes a line with its line feed; drops it above the limit or when the reader is gone. Never throws. */
  write(line: string): void;
  /** Calls back when everything taken so far is written or given up. */
  flush(written: () => void): void;
  /** Writes what waits before it returns, as far as it can be written at once. */
  flushSync(): void;
}

const tryAgainMs = 100;
/** A pipe that is full stays so while its reader sleeps: the last words of a process do not wait for that for long. */
const lastTries = 10;

/**
 * Collects lines and writes them together. Lines are joined once for each write: a buffer that grows line by line is
 * flattened line by line, which made 10 KB of garbage and several µs for each.
 */
export function createLineWriter(fd: number, { writeBytes, lingerMs, maxWaitingBytes }: LineWriterLimits): LineWriter {
  let lines: string[] = [];
  let waitingBytes = 0;
  /** What is being written or waits for the pipe to take more; its lines have left `lines`. */
  let chunk: Buffer | undefined;
  let state: 'idle' | 'writing' | 'blocked' = 'idle';
  let timer: NodeJS.Timeout | undefined;
  let isReaderGone = false;
  let onWritten: (() => void)[] = [];

  /** The rest of the last write, or all lines that wait. */
  function take(): Buffer {
    if (chunk !== undefined) return chunk;
    return joined(waitingBytes <= writeBytes ? lines.splice(0) : lines.splice(0, linesWithin(lines, writeBytes)));
  }

  function start(): void {
    clearTimeout(timer);
    timer = undefined;
    if (state === 'writing') return;
    chunk = take();
    if (chunk.length === 0) return finish();
    state = 'writing';
    write(fd, chunk, 0, chunk.length, null, onWrote);
  }

  function onWrote(error: Error | null, bytes: number): void {
    if (error !== null && isFull(error)) {
      state = 'blocked';
      timer = setTimeout(start, tryAgainMs);
      return;
    }
    if (error !== null) return giveUp();
    done(bytes);
    state = 'idle';
    if (chunk !== undefined || lines.length > 0) start();
    else finish();
  }

  function done(bytes: number): void {
    waitingBytes -= bytes;
    chunk = chunk !== undefined && bytes < chunk.length ? chunk.subarray(bytes) : undefined;
  }

  /** Nothing can be said to anyone any more; the work goes on. */
  function giveUp(): void {
    isReaderGone = true;
    lines = [];
    chunk = undefined;
    waitingBytes = 0;
    finish();
  }

  function finish(): void {
    state = 'idle';
    chunk = undefined;
    const waiting = onWritten;
    onWritten = [];
    for (const written of waiting) written();
  }

  return {
    write(line) {
      const bytes = Buffer.byteLength(line);
      if (isReaderGone || waitingBytes + bytes > maxWaitingBytes) return;
      lines.push(line);
      waitingBytes += bytes;
      if (state !== 'idle') return;
      if (waitingBytes >= writeBytes) start();
      else timer ??= setTimeout(start, lingerMs).unref();
    },
    flush(written) {
      onWritten.push(written);
      if (state === 'idle') start();
    },
    flushSync() {
      clearTimeout(timer);
      timer = undefined;
      // What is being written is on its way, and writing it again would say it twice.
      const isWriting = state === 'writing';
      const rest = isWriting || chunk === undefined ? joined(lines) : Buffer.concat([chunk, joined(lines)]);
      lines = [];
      waitingBytes = isWriting ? (chunk?.length ?? 0) : 0;
      if (!isWriting) finish();
      writeNow(fd, rest);
    },
  };
}

/** How many of the first lines fit; one at the least. */
function linesWithin(lines: readonly string[], bytes: number): number {
  let sum = 0;
  const over = lines.findIndex((line) => {
    sum += Buffer.byteLength(line);
    return sum > bytes;
  });
  return over === -1 ? lines.length : Math.max(1, over);
}

function joined(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join(''));
}

function writeNow(fd: number, bytes: Buffer): void {
  let rest = bytes;
  for (let tries = 0; rest.length > 0 && tries < lastTries;) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (!isFull(error)) return;
      tries += 1;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, tryAgainMs / lastTries);
    }
  }
}

/** A pipe set to non-blocking by whoever shares it. */
function isFull(error: unknown): boolean {
  const code = foreignCode(error);
  return code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EBUSY';
}
