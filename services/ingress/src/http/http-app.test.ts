import { createServer, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createHealth, createLogger, createProbeHandler } from '@trunkline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { HooksRoute } from '../routes/hooks.ts';
import { createHttpApp } from './http-app.ts';

const failing: HooksRoute = () => Promise.reject(new TypeError('broken'));
const telling: HooksRoute = (_request, response, sourceId) => {
  response.end(`source ${sourceId}`);
  return Promise.resolve();
};

let hooks = telling;
let server: Server;
beforeAll(async () => {
  const logger = createLogger({ name: 'ingress', version: '0', instance: 't', level: 'fatal', write: () => undefined });
  const probeHandler = createProbeHandler(createHealth());
  const route: HooksRoute = (request, response, sourceId) => hooks(request, response, sourceId);
  server = createServer(createHttpApp({ hooks: route, probeHandler, clock: Date.now, logger }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function answerTo(method: string, path: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const request = send({ port, host: '127.0.0.1', method, path, agent: false }, (response) => {
      let text = `${response.statusCode} `;
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    request.on('error', reject).end();
  });
}

describe('the source of a webhook', () => {
  it.for([
    ['/hooks/src_a', 'src_a'],
    ['/hooks/src_a?b=/hooks/src_c', 'src_a'],
    ['/hooks/src_a?', 'src_a'],
    ['/hooks/src_a/', 'src_a'],
    ['/Hooks/src_A', 'src_A'],
    ['/hooks/src%5Fa', 'src_a'],
    ['/hooks/src%2fa', 'src/a'],
    ['/hooks/a.b~c', 'a.b~c'],
    ['/hooks/__proto__', '__proto__'],
    ['/hooks/', undefined],
    ['/hooks/src_a/b', undefined],
    ['/hooks//src_a', undefined],
    ['//hooks/src_a', undefined],
    ['/x/hooks/src_a', undefined],
    ['/hooks/src_a%zz', undefined],
  ] as const)('of %s is %s, whatever the method', async ([path, expected]) => {
    hooks = telling;
    const [posted, put] = [await answerTo('POST', path), await answerTo('PUT', path)];

    expect(posted.replace(/[0-9a-f]{8}-[^"]*/, '')).toBe(put.replace(/[0-9a-f]{8}-[^"]*/, ''));
    expect(posted).toMatch(expected === undefined ? /^4/ : new RegExp(`^200 source ${expected}$`));
  });

  it.for(['POST', 'PUT'])('is answered "come again" when its route fails (%s)', async (method) => {
    hooks = failing;
    expect(await answerTo(method, '/hooks/src_a')).toMatch(/^503 .*"error":"unknown"/);
  });
});
