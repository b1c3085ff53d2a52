import type { Progress } from '@trunkline/operations';

import { type ExitName, exitCodes } from './exit-codes.ts';
import { createLiveScreen, type LiveScreen } from './render/live-screen.ts';
import { createProgress, type ProgressStream } from './render/progress.ts';
import { spellerOf } from './render/spelling.ts';
import { createStyle, type Style, wantsColour } from './render/style.ts';

export interface OutputStream extends ProgressStream {
  readonly rows?: number;
  write(text: string): unknown;
}

/** A failure as people and machines are told of it. */
export interface Failure {
  readonly exit: ExitName;
  /** A code of the error table, or `not_found`. */
  readonly code: string;
  /** One line: what is wrong. */
  readonly message: string;
  /** One line: what to do. Left out when the message says it. */
  readonly fix?: string;
}

/**
 * Everything a command says. With `--json` stdout carries exactly one JSON document (the result, or `{ "error": … }`)
 * and nothing else; of a command that goes on it carries one document a line. Remarks and progress go to stderr.
 */
export interface Output {
  readonly json: boolean;
  /** Colours of stdout. */
  readonly style: Style;
  /** Columns of the screen; a fixed width where stdout is no terminal. */
  readonly width: number;
  /** The result. Call it once. */
  result(document: unknown, text: () => string): void;
  /** One of many results of a command that goes on: with --json a document on a line of its own. */
  item(document: unknown, text: () => string): void;
  /** A screen to draw over and over until the signal; undefined where stdout is no terminal or --json is asked for. */
  screen(signal: AbortSignal): LiveScreen | undefined;
  /** A remark for people, on stderr; left out with --json. */
  note(text: string): void;
  progress(label: string): Progress;
  /** Tells of a failure; returns its end, so that a command can `return output.failure(…)`. */
  failure(failure: Failure): ExitName;
}

export interface OutputOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly environment: NodeJS.ProcessEnv;
  readonly json: boolean;
  readonly nowMs: () => number;
}

const widthOffTerminal = 120;

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, environment, json } = options;
  const style = createStyle(!json && wantsColour(stdout, environment));
  const spelled = spellerOf(environment);
  const errorStyle = createStyle(wantsColour(stderr, environment));
  let answered = false;
  let isStream = false;
  const jsonText = (document: unknown): string => (isStream ? toJsonLine(document) : toJson(document));
  return {
    json,
    style,
    width: stdout.isTTY === true ? (stdout.columns ?? widthOffTerminal) : widthOffTerminal,
    result(document, text) {
      answered = true;
      stdout.write(json ? `${toJson(document)}\n` : `${spelled(text())}\n`);
    },
    item(document, text) {
      answered = true;
      isStream = true;
      stdout.write(json ? `${toJsonLine(document)}\n` : `${spelled(text())}\n`);
    },
    screen: (signal) => (json || stdout.isTTY !== true ? undefined : createLiveScreen(stdout, signal)),
    note(text) {
      if (!json) stderr.write(`${errorStyle.faint(spelled(text))}\n`);
    },
    progress: (label) => createProgress(stderr, label, options.nowMs),
    failure(failure) {
      const { exit, code, message, fix } = failure;
      stderr.write(
        spelled(
          `${errorStyle.bad('error')} ${message}${fix === undefined ? '' : `\n${errorStyle.faint('fix')}   ${fix}`}\n`,
        ),
      );
      if (json && (!answered || isStream)) {
        answered = true;
        stdout.write(`${jsonText({ error: { code, message, fix, exitCode: exitCodes[exit].code } })}\n`);
      }
      return exit;
    },
  };
}

/** JSON of anything a record holds: offsets (bigint) as decimal text, bytes as base64. */
export function toJson(document: unknown): string {
  return JSON.stringify(document, (_key, value: unknown) => jsonValue(value), 2);
}

/** As toJson, on one line. */
export function toJsonLine(document: unknown): string {
  return JSON.stringify(document, (_key, value: unknown) => jsonValue(value));
}

function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  // Buffer's own toJSON has run before the replacer sees it.
  if (isBufferJson(value)) return Buffer.from(value.data).toString('base64');
  return value;
}

function isBufferJson(value: unknown): value is { readonly type: 'Buffer'; readonly data: readonly number[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type === 'Buffer' &&
    'data' in value &&
    Array.isArray(value.data)
  );
}
