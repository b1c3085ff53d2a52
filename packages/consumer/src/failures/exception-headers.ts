import { foreignCode, type TrunklineError } from '@trunkline/core';
import { headerName } from '@trunkline/events';

const maxMessageBytes = 1_024;
const maxStackBytes = 4 * 1_024;
const maxCauses = 4;

/**
 * What a retry or dead letter says about its failure. No text of the payload: quoted parts of foreign messages are
 * masked, because that is where drivers and parsers repeat what they could not read, and of stacks only frames are kept.
 */
export function exceptionHeaders(error: TrunklineError): Record<string, string> {
  const stack = stackOf(error);
  return {
    [headerName.exceptionClass]: classOf(error),
    [headerName.exceptionCode]: error.code,
    [headerName.exceptionMessage]: cut(describe(error), maxMessageBytes),
    ...(stack === '' ? {} : { [headerName.exceptionStacktrace]: cut(stack, maxStackBytes) }),
  };
}

/** One line for an operator: what failed, without a value of the payload. */
export function describe(error: TrunklineError): string {
  const root = foreignRoot(error);
  if (root === undefined) return error.message;
  const code = foreignCode(root);
  const place = placeOf(root);
  return `${maskQuoted(root.message)}${code === undefined ? '' : ` (${code})`}${place === '' ? '' : ` [${place}]`}`;
}

/** Equal for failures of one cause, as far as anybody can tell without reading their texts. */
export function likenessOf(error: TrunklineError): string {
  const foreign = foreignCode(foreignRoot(error));
  return [error.code, classOf(error), ...(foreign === undefined ? [] : [foreign])].join(' ');
}

/** The class of what was thrown in the first place. */
function classOf(error: TrunklineError): string {
  return (foreignRoot(error) ?? error).name;
}

/** Our own errors are written for operators and keep their message; what `classify` wrapped is foreign. */
function foreignRoot(error: TrunklineError): Error | undefined {
  const { cause } = error;
  return cause instanceof Error && cause.message === error.message ? cause : undefined;
}

/** Names from the schema, which Postgres reports beside the message. */
function placeOf(error: Error): string {
  const names = ['table', 'column', 'constraint'] as const;
  return names
    .flatMap((name) => (name in error ? [textOf(Reflect.get(error, name), name)] : []))
    .filter((text) => text !== '')
    .join(' ');
}

function textOf(value: unknown, name: string): string {
  return typeof value === 'string' ? `${name} ${value}` : '';
}

/** From the first quote to the last: what is quoted may hold quotes itself. */
function maskQuoted(message: string): string {
  return (message.split('\n', 1)[0] ?? '').replace(/(["'`(]).*["'`)]/, '"…"');
}

function stackOf(error: Error): string {
  const parts: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < maxCauses && current instanceof Error; depth += 1) {
    const frames = (current.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    parts.push([current.name, ...frames].join('\n'));
    current = current.cause;
  }
  return parts.join('\ncaused by ');
}

/** At most so many bytes of UTF-8, never half a character. */
function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text).subarray(0, maxBytes - 3);
  return `${bytes.toString('utf8').replace(/\ufffd+$/u, '')}…`;
}
