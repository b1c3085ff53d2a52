import type { IncomingMessage } from 'node:http';

import { bodyLimits } from '../limits.ts';
import { Problem } from '../problems.ts';
import { parseJson } from './parse-json.ts';

/** The value of a JSON body, read up to its limit; an empty object where there is none. Throws a problem for anything else. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length === '0' && encoding === undefined) return {};
  requireJson(request.headers);
  const bytes = await readBytes(request);
  return parseJson(textOf(bytes));
}

/** Only what says that it is JSON: a form of another page's sends no such type without asking first. */
function requireJson({ 'content-type': type = '', 'content-encoding': encoding = 'identity' }: Headers): void {
  const [media = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
  if (media !== 'application/json' || parameters.some((parameter) => !/^(?:charset="?utf-8"?)?$/.test(parameter)))
    throw new Problem('content_type_unsupported', 'the body has to be content-type: application/json, in UTF-8');
  if (encoding.toLowerCase() !== 'identity')
    throw new Problem('content_type_unsupported', 'the body may not be packed: send it without content-encoding');
}

type Headers = Pick<IncomingMessage['headers'], 'content-type' | 'content-encoding'>;

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimits.bytes) throw tooLarge();
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    // Without an encoding set, a request gives bytes.
    for await (const piece of request as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > bodyLimits.bytes) throw tooLarge();
      pieces.push(piece);
    }
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    throw new Problem('request_malformed', 'the body ended before its end', { cause: thrown });
  }
  return Buffer.concat(pieces);
}

function tooLarge(): Problem {
  return new Problem('body_too_large', `a body has at most ${bodyLimits.bytes} bytes`);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new Problem('request_malformed', 'the body is not UTF-8', { cause: error });
  }
}
