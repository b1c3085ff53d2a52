import { describe, expect, it } from 'vitest';

import { readCaptureFile } from './capture-file.ts';

function requestOf(text: string): {
  method: string;
  target: string;
  url: string | undefined;
  headers: unknown;
  body: string;
} {
  const [entry] = readCaptureFile(Buffer.from(text), { lines: false }).entries;
  if (entry === undefined || !('captured' in entry)) throw new Error('unreadable');
  const { method, target, url, headers, body } = entry.captured.request;
  return { method, target, url, headers, body: Buffer.from(body).toString('utf8') };
}

describe('a captured request', () => {
  it.for([
    [
      'as Chrome copies it',
      String.raw`curl 'https://h.example/hooks/src_a?b=c' \
  -X 'POST' \
  -H 'stripe-signature: t=1,v1=a' \
  -H 'content-type: application/json' \
  --data-raw $'{"a":"it\'s\\n\u00e9"}' \
  --compressed`,
      `{"a":"it's\\né"}`,
    ],
    [
      'with double quotes',
      'curl "https://h.example/hooks/src_a?b=c" -H "stripe-signature: t=1,v1=a" -d "{\\"a\\":1}"',
      '{"a":1}',
    ],
    [
      'behind a prompt',
      "$ curl https://h.example/hooks/src_a?b=c -H 'stripe-signature: t=1,v1=a' --data-binary '{\n}'",
      '{\n}',
    ],
  ] as const)('may be a curl command %s', ([, text, body]) => {
    const request = requestOf(text);

    expect(request).toMatchObject({
      method: 'POST',
      target: '/hooks/src_a?b=c',
      url: 'https://h.example/hooks/src_a?b=c',
      body,
    });
    expect(request.headers).toContainEqual(['stripe-signature', 't=1,v1=a']);
  });

  it('may be what curl -v prints, with the body of the command above it', () => {
    const printed = [
      '*   Trying 127.0.0.1:18080...',
      '> POST /hooks/src_a HTTP/1.1',
      '> Host: 127.0.0.1:18080',
      '> Stripe-Signature: t=1,v1=a',
      '> Content-Length: 7',
      '>',
      '* upload completely sent off: 7 bytes',
      '< HTTP/1.1 401 Unauthorized',
    ].join('\n');

    const alone = requestOf(printed);
    const below = requestOf(`$ curl -v http://127.0.0.1:18080/hooks/src_a -d '{"a":1}'\n${printed}`);

    expect(alone).toMatchObject({ method: 'POST', target: '/hooks/src_a', body: '' });
    expect(below).toMatchObject({ url: 'http://127.0.0.1:18080/hooks/src_a', body: '{"a":1}' });
    expect(below.headers).toContainEqual(['Stripe-Signature', 't=1,v1=a']);
  });

  it('of curl without its body in the command says what to give instead', () => {
    expect(() => requestOf('curl https://h.example/ --data-binary @body.json')).toThrow('from the file body.json');
  });

  it.for([
    [
      'API Gateway',
      {
        rawPath: '/hooks/src_a',
        rawQueryString: 'b=c',
        requestContext: { http: { method: 'POST' } },
        headers: { 'x-sig': 'a' },
        body: 'e30=',
        isBase64Encoded: true,
      },
    ],
    ['a load balancer', { httpMethod: 'POST', path: '/hooks/src_a?b=c', headers: { 'x-sig': 'a' }, body: '{}' }],
    [
      'nginx',
      { request_method: 'POST', request_uri: '/hooks/src_a?b=c', http_x_sig: 'a', request_body: '{}', status: 401 },
    ],
    [
      'Express',
      {
        method: 'POST',
        originalUrl: '/hooks/src_a?b=c',
        headers: { 'x-sig': 'a' },
        body: { parsed: true },
        rawBody: '{}',
      },
    ],
    ['pino', { level: 30, req: { method: 'POST', url: '/hooks/src_a?b=c', headers: { 'x-sig': 'a' } }, body: '{}' }],
    ['webhook.site', { method: 'POST', url: '/hooks/src_a?b=c', headers: { 'x-sig': ['a'] }, content: '{}' }],
    [
      'ngrok',
      {
        uri: '/hooks/src_a?b=c',
        raw: Buffer.from('POST /hooks/src_a?b=c HTTP/1.1\r\nx-sig: a\r\n\r\n{}').toString('base64'),
      },
    ],
  ] as const)('may be as %s writes it', ([, log]) => {
    expect(requestOf(JSON.stringify(log))).toMatchObject({
      method: 'POST',
      target: '/hooks/src_a?b=c',
      headers: [['x-sig', 'a']],
      body: '{}',
    });
  });

  it('whose body is an object has lost its bytes, and says so', () => {
    expect(() => requestOf('{"method":"POST","url":"/","headers":{},"body":{"a":1}}')).toThrow(
      'an object has lost the bytes',
    );
  });

  it('that is only a body says that the proof is in headers', () => {
    expect(() => requestOf('{"id":"evt_1","object":"event"}')).toThrow('a body without its request');
  });
});
