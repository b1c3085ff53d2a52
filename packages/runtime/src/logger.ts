import { trace } from '@opentelemetry/api';
import { settledWithin } from '@trunkline/core';
import { pino } from 'pino';

import { notFlat, writeAscii, writeBytes, writeMembers, writeText } from './flat-line.ts';
import { createLineWriter, type EncodeLine, type LineWriter, type LineWriterLimits } from './line-writer.ts';
import type { LogLevel } from './runtime-config.ts';
import { type LogFields, safeFields } from './safe-fields.ts';

/**
 * One line of JSON per call. `fields` may be anything: what could be a secret, a payload or a foreign object is
 * withheld or cut before it is written (safe-fields.ts). The ids of the active span are added.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  fatal(fields: LogFields, message: string): void;
}

/** The logger of a process, which has to see its last lines out. */
export interface ProcessLogger extends Logger {
  /** Writes what is buffered at once: for the last line of a process that cannot go on. */
  flush(): void;
  /** Resolves when everything is written, or when the deadline has passed. */
  drain(deadlineMs: number): Promise<void>;
}

export interface LoggerOptions {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
  readonly level: LogLevel;
  /** Whether other processes write to the same standard output. */
  readonly sharesOutput?: boolean;
  /** Where the lines go, for tests; by default standard output. */
  readonly write?: (line: string) => void;
}

export function createLogger(options: LoggerOptions): ProcessLogger {
  const output = options.write === undefined ? standardOutput(options.sharesOutput ?? false) : immediate(options.write);
  const lines = pino(
    {
      level: options.level,
      base: { service: options.name, version: options.version, instance: options.instance },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: activeSpan,
      // safeFields has made the error plain already; pino's own serializer would add back what it left out.
      serializers: { err: (error: unknown) => error },
      messageKey: 'message',
    },
    output,
  );
  const stamp = createStamp({ service: options.name, version: options.version, instance: options.instance });
  const at = (level: LogLevel) => {
    const head = Buffer.from(`{"level":"${level}","time":"`);
    return (fields: LogFields, message: string): void => {
      if (!lines.isLevelEnabled(level)) return;
      const isWritten = output.encode((bytes, from) => {
        const begun = writeBytes(bytes, writeBytes(bytes, from, head), stamp());
        const end = writeMembers(bytes, writeMembers(bytes, begun, activeSpan()), fields);
        if (end === notFlat) return notFlat;
        return writeAscii(bytes, writeText(bytes, writeAscii(bytes, end, ',"message":'), message), '}\n');
      });
      if (!isWritten) lines[level](safeFields(fields), message);
    };
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    flush: () => output.flushSync(),
    drain: async (deadlineMs) => {
      const written = new Promise<void>((resolve) => output.flush(() => resolve()));
      await settledWithin(written, deadlineMs);
    },
  };
}

/** Now and who speaks: from the time on, up to the fields. Lines of one millisecond share it; a batch of deliveries ends within one. */
function createStamp(process: Readonly<Record<string, string>>): () => Buffer {
  const members = JSON.stringify(process).slice(1, -1);
  let lastMs = 0;
  let last = Buffer.alloc(0);
  return () => {
    const nowMs = Date.now();
    if (nowMs !== lastMs) {
      lastMs = nowMs;
      last = Buffer.from(`${new Date(nowMs).toISOString()}",${members}`);
    }
    return last;
  };
}

function immediate(write: (line: string) => void): LineWriter {
  const block = Buffer.alloc(outputLimits.writeBytes);
  const encode = (line: EncodeLine): boolean => {
    const end = line(block, 0);
    if (end < 0) return false;
    const bytes = end <= block.length ? block : Buffer.alloc(end);
    if (bytes !== block) line(bytes, 0);
    write(bytes.toString('utf8', 0, end));
    return true;
  };
  return { write, encode, flush: (written) => written(), flushSync: () => undefined };
}

function activeSpan(): LogFields {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId };
}

const outputLimits: LineWriterLimits = {
  // A write goes through the thread pool, whose cost is that of the lines of 16 KB.
  writeBytes: 64 * 1024,
  lingerMs: 50,
  maxWaitingBytes: 8 * 1024 * 1024,
};

/** What a pipe takes in one piece from each of several writers (PIPE_BUF of Linux): lines of two do not get mixed. */
const wholeWriteBytes = 4 * 1024;

/** Not through process.stdout, which would make a pipe non-blocking for whoever shares it. */
const standardOutputFd = 1;

/** Asynchronous, because a synchronous write per delivery blocks the loop. */
function standardOutput(isShared: boolean): LineWriter {
  const limits = isShared ? { ...outputLimits, writeBytes: wholeWriteBytes } : outputLimits;
  const output = createLineWriter(standardOutputFd, limits);
  flushAtExit(output);
  return output;
}

const outputs: LineWriter[] = [];

/** One listener for all of a process: Node takes more than ten for a leak. */
function flushAtExit(output: LineWriter): void {
  if (outputs.length === 0)
    process.once('exit', () => {
      for (const each of outputs) each.flushSync();
    });
  outputs.push(output);
}
