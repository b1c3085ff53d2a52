/** An API that is measured against: it reads a request and answers a message of Twilio's at once. */
import { once } from 'node:events';
import { createServer } from 'node:http';

import { answerQuestions } from './worker.ts';

const answer = JSON.stringify({ sid: 'SM1', status: 'queued', error_code: null });

answerQuestions(async () => {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(201, { 'content-type': 'application/json' }).end(answer));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the API does not listen on a port');
  return address.port;
});
