import { trace } from '@opentelemetry/api';
import { settledWithin } from '@trunkline/core';
import { pino } from 'pino';

import { flatMembers, jsonText } from './flat-line.ts';
import { createLineWriter, type LineWriter, type LineWriterLimits } from './line-writer.ts';
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
  const process = flatMembers({ service: options.name, version: options.version, instance: options.instance }) ?? '';
  const at = (level: LogLevel) => (fields: LogFields, message: string) => {
    if (!lines.isLevelEnabled(level)) return;
    const members = flatMembers(fields);
    if (members === undefined) lines[level](safeFields(fields), message);
    else {
      const span = flatMembers(activeSpan()) ?? '';
      const said = `${span}${members},"message":${jsonText(message)}`;
      output.write(`{"level":"${level}","time":"${timeText()}"${process}${said}}\n`);
    }
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

let lastMs = 0;
let lastText = '';

/** Now, as text, which those of one millisecond share: a batch of deliveries ends within one. */
function timeText(): string {
  const nowMs = Date.now();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastText = new Date(nowMs).toISOString();
  }
  return lastText;
}

function immediate(write: (line: string) => void): LineWriter {
  return { write, flush: (written) => written(), flushSync: () => undefined };
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
