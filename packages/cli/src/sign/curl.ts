import { TrunklineError } from '@trunkline/core';
import type { ReceivedRequest } from '@trunkline/providers';

/** A line to paste into a shell that sends the signed request byte for byte. */
export interface CurlOptions {
  /** The file as it was given, where signing left the body alone. */
  readonly bodyFile?: string | undefined;
  /** Where the ingress really is, when the provider knows it by another address (publicBaseUrl, which counts there). */
  readonly ingress?: string | undefined;
}

export function curlLine(request: ReceivedRequest, { bodyFile, ingress }: CurlOptions = {}): string {
  const words = [
    'curl',
    '-X',
    request.method,
    ...request.headers.flatMap(([name, value]) => ['-H', quoted(`${name}: ${value}`)]),
    ...(request.body.length === 0 ? [] : ['--data-binary', bodyWord(request.body, bodyFile)]),
    quoted(
      ingress === undefined
        ? request.publicUrl
        : `${ingress}${request.target.slice(request.target.indexOf('/hooks/'))}`,
    ),
  ];
  return words.join(' ');
}

/** The file as it was given, where signing left the body alone; else the body itself. */
function bodyWord(body: Uint8Array, file: string | undefined): string {
  if (file !== undefined) return quoted(`@${file}`);
  const text = Buffer.from(body).toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(body) && !text.includes('\u0000');
  // curl reads what begins with @ from a file.
  if (isText && !text.startsWith('@')) return quoted(text);
  throw new TrunklineError(
    'config_invalid',
    'the body cannot be written on a command line: take --json, which has it as base64',
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
