import { type CapturedRequest, splitUrl, unreadable } from './captured-request.ts';

/**
 * Reads the text of an HTTP request. The request line and headers may end in LF alone, as files saved by hand do; the
 * body is taken byte for byte.
 */
export function parseHttpText(buffer: Buffer): CapturedRequest {
  const text = buffer.toString('latin1');
  const end = /\r?\n\r?\n/.exec(text);
  const head = (end === null ? text : text.slice(0, end.index)).split(/\r?\n/);
  const requestLine = /^([A-Za-z]+) (\S+)(?: HTTP\/[0-9.]+)?$/.exec(head[0] ?? '');
  if (requestLine === null)
    throw unreadable('it starts neither with { nor with a request line such as POST /hooks/src_x HTTP/1.1');
  const headers = head.slice(1).flatMap((line): [string, string][] => {
    if (line === '') return [];
    const colon = line.indexOf(':');
    if (colon < 1) throw unreadable(`a header line has no colon: ${JSON.stringify(line.slice(0, 40))}`);
    return [[line.slice(0, colon), line.slice(colon + 1).trim()]];
  });
  const body = end === null ? Buffer.alloc(0) : buffer.subarray(end.index + end[0].length);
  return {
    method: (requestLine[1] ?? '').toUpperCase(),
    ...splitUrl(requestLine[2] ?? '/'),
    headers,
    body: cutToLength(body, headers),
  };
}

/** Editors end a file with a newline that was not part of the request; Content-Length says where the body ended. */
function cutToLength(body: Buffer, headers: CapturedRequest['headers']): Buffer {
  const stated = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  return stated !== undefined && /^\d{1,9}$/.test(stated) ? body.subarray(0, Number(stated)) : body;
}
