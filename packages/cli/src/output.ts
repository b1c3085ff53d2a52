import { type ExitName, exitCodes } from './exit-codes.ts';
import { createProgress, type Progress, type ProgressStream } from './render/progress.ts';
import { createStyle, type Style, wantsColour } from './render/style.ts';

export interface OutputStream extends ProgressStream {
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
 * and nothing else; remarks and progress go to stderr in either mode.
 */
export interface Output {
  readonly json: boolean;
  /** Colours of stdout. */
  readonly style: Style;
  /** Columns of the screen; a fixed width where stdout is no terminal. */
  readonly width: number;
  /** The result. Call it once. */
  result(document: unknown, text: () => string): void;
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
  const errorStyle = createStyle(wantsColour(stderr, environment));
  let answered = false;
  return {
    json,
    style,
    width: stdout.isTTY === true ? (stdout.columns ?? widthOffTerminal) : widthOffTerminal,
    result(document, text) {
      answered = true;
      stdout.write(json ? `${toJson(document)}\n` : `${text()}\n`);
    },
    note(text) {
      if (!json) stderr.write(`${errorStyle.faint(text)}\n`);
    },
    progress: (label) => createProgress(stderr, label, options.nowMs),
    failure(failure) {
      const { exit, code, message, fix } = failure;
      stderr.write(
        `${errorStyle.bad('error')} ${message}${fix === undefined ? '' : `\n${errorStyle.faint('fix')}   ${fix}`}\n`,
      );
      if (json && !answered) {
        answered = true;
        stdout.write(`${toJson({ error: { code, message, fix, exitCode: exitCodes[exit].code } })}\n`);
      }
      return exit;
    },
  };
}

/** JSON of anything a record holds: offsets (bigint) as decimal text, bytes as base64. */
export function toJson(document: unknown): string {
  return JSON.stringify(document, (_key, value: unknown) => jsonValue(value), 2);
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
