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

/** A line as bytes: writes it from `at` on and returns where it ends; negative where it is no line. Writes nothing beyond the end. */
export type EncodeLine = (bytes: Buffer, at: number) => number;

/** Where lines go that are many, and that nobody waits for. */
export interface LineWriter {
  /** Takes a line with its line feed; drops it above the limit or when the reader is gone. Never throws. */
  write(line: string): void;
  /** The same of a line that is written where it leaves from; false where it is none. It may be asked twice. */
  encode(line: EncodeLine): boolean;
  /** Calls back when everything taken so far is written or given up. */
  flush(written: () => void): void;
  /** Writes what waits before it returns, as far as it can be written at once. */
  flushSync(): void;
}

const tryAgainMs = 100;
/** A pipe that is full stays so while its reader sleeps: the last words of a process do not wait for that for long. */
const lastTries = 10;

/**
 * Collects lines in blocks and writes block by block. A line becomes bytes once, in the place it is written from: a buffer
 * that grows line by line was flattened line by line, and a list of texts joined, measured and encoded.
 */
export function createLineWriter(fd: number, { writeBytes, lingerMs, maxWaitingBytes }: LineWriterLimits): LineWriter {
  /** The block that lines are added to, and how much of it they fill. */
  let open = Buffer.allocUnsafeSlow(writeBytes);
  let filled = 0;
  /** Those before it, of lines only. */
  let closed: Buffer[] = [];
  let waitingBytes = 0;
  /** What is being written or waits for the pipe to take more. */
  let chunk: Buffer | undefined;
  let state: 'idle' | 'writing' | 'blocked' = 'idle';
  let timer: NodeJS.Timeout | undefined;
  let isReaderGone = false;
  let onWritten: (() => void)[] = [];

  /** False where it is no line; dropped above the limit. */
  function add(line: EncodeLine): boolean {
    const end = line(open, filled);
    if (end < 0) return false;
    const bytes = end - filled;
    if (isReaderGone || waitingBytes + bytes > maxWaitingBytes) return true;
    if (end <= open.length) filled = end;
    else addToNext(line, bytes);
    waitingBytes += bytes;
    if (state !== 'idle') return true;
    if (waitingBytes >= writeBytes) start();
    else timer ??= setTimeout(start, lingerMs).unref();
    return true;
  }

  /** A line that the open block has no room for. One that is longer than any block has one of its own. */
  function addToNext(line: EncodeLine, bytes: number): void {
    closeBlock();
    if (bytes <= open.length) filled = line(open, 0);
    else {
      const own = Buffer.allocUnsafeSlow(bytes);
      line(own, 0);
      closed.push(own);
    }
  }

  function closeBlock(): void {
    if (filled === 0) return;
    closed.push(open.subarray(0, filled));
    open = Buffer.allocUnsafeSlow(writeBytes);
    filled = 0;
  }

  /** The rest of the last write, or the next block. */
  function take(): Buffer | undefined {
    if (chunk !== undefined) return chunk;
    if (closed.length === 0) closeBlock();
    return closed.shift();
  }

  function start(): void {
    clearTimeout(timer);
    timer = undefined;
    if (state === 'writing') return;
    chunk = take();
    if (chunk === undefined) return finish();
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
    if (waitingBytes > 0) start();
    else finish();
  }

  function done(bytes: number): void {
    waitingBytes -= bytes;
    chunk = chunk !== undefined && bytes < chunk.length ? chunk.subarray(bytes) : undefined;
  }

  /** Nothing can be said to anyone any more; the work goes on. */
  function giveUp(): void {
    isReaderGone = true;
    closed = [];
    filled = 0;
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
    write: (line) => {
      add((bytes, at) => {
        const size = Buffer.byteLength(line);
        if (at + size <= bytes.length) bytes.write(line, at);
        return at + size;
      });
    },
    encode: add,
    flush(written) {
      onWritten.push(written);
      if (state === 'idle') start();
    },
    flushSync() {
      clearTimeout(timer);
      timer = undefined;
      closeBlock();
      // What is being written is on its way, and writing it again would say it twice.
      const isWriting = state === 'writing';
      const rest = Buffer.concat(isWriting || chunk === undefined ? closed : [chunk, ...closed]);
      closed = [];
      waitingBytes = isWriting ? (chunk?.length ?? 0) : 0;
      if (!isWriting) finish();
      writeNow(fd, rest);
    },
  };
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
