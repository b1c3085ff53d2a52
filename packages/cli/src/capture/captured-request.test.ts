import { describe, expect, it } from 'vitest';

import { readCaptureFile } from './capture-file.ts';
import type { CapturedRequest } from './captured-request.ts';

function parseCapture(bytes: Uint8Array): CapturedRequest {
  const [entry] = readCaptureFile(bytes, { lines: false }).entries;
  if (entry === undefined || !('captured' in entry)) throw new Error('no request was read');
  return entry.captured.request;
}

const text = (body: Uint8Array): string => Buffer.from(body).toString('utf8');

describe('a captured request', () => {
  it('is read from JSON with the body as text', () => {
    const captured = parseCapture(
      Buffer.from(
        JSON.stringify({
          method: 'post',
          url: 'https://hooks.example/hooks/src_a?x=1',
          headers: { A: '1', B: ['2', '3'] },
          body: '{"é":1}',
        }),
      ),
    );

    expect(captured).toMatchObject({
      method: 'POST',
      target: '/hooks/src_a?x=1',
      url: 'https://hooks.example/hooks/src_a?x=1',
      headers: [
        ['A', '1'],
        ['B', '2'],
        ['B', '3'],
      ],
    });
    expect(text(captured.body)).toBe('{"é":1}');
  });

  it('is read from JSON with the body as base64, byte for byte', () => {
    const body = Buffer.from([0, 255, 13, 10, 200]);

    const captured = parseCapture(
      Buffer.from(JSON.stringify({ headers: [['A', '1']], bodyBase64: body.toString('base64') })),
    );

    expect(Buffer.from(captured.body)).toEqual(body);
    expect(captured.headers).toEqual([['A', '1']]);
  });

  it.each(['\r\n', '\n'])('is read from HTTP text whose head ends its lines with %j, the body byte for byte', (end) => {
    const body = Buffer.from([0x7b, 0xff, 0x0a, 0x0a, 0x7d]);
    const head = [
      'POST /hooks/src_a HTTP/1.1',
      'Stripe-Signature: t=1,v1=a:b',
      'X-Twice: 1',
      'x-twice: 2',
      '',
      '',
    ].join(end);

    const captured = parseCapture(Buffer.concat([Buffer.from(head), body]));

    expect(captured).toMatchObject({
      method: 'POST',
      target: '/hooks/src_a',
      headers: [
        ['Stripe-Signature', 't=1,v1=a:b'],
        ['X-Twice', '1'],
        ['x-twice', '2'],
      ],
    });
    expect(Buffer.from(captured.body)).toEqual(body);
  });

  it('keeps its body where it begins, also behind a header that is not ASCII', () => {
    const captured = parseCapture(Buffer.from('POST / HTTP/1.1\nX-Name: Zoé\n\n{"a":1}'));

    expect(text(captured.body)).toBe('{"a":1}');
  });

  it('loses the newline an editor added, because Content-Length says where its body ended', () => {
    const captured = parseCapture(Buffer.from('POST / HTTP/1.1\nContent-Length: 2\n\n{}\n'));

    expect(text(captured.body)).toBe('{}');
  });

  it.each(['', 'hello', '{"method":', 'POST\n\n', 'POST / HTTP/1.1\nno colon here\n\n', '{"headers":5}'])(
    'that is %j is refused as unreadable',
    (capture) => {
      expect(() => parseCapture(Buffer.from(capture))).toThrow('cannot be read');
    },
  );
});
