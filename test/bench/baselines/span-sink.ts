/** Where traces go when they are measured: it takes them and forgets them. */
import { once } from 'node:events';
import { createServer } from 'node:http';

import { answerQuestions } from '../load/worker.ts';

let exports = 0;

answerQuestions(async (question: 'listen' | 'count') => {
  if (question === 'count') return exports;
  const server = createServer((request, response) => {
    exports += 1;
    request.resume().once('end', () => response.writeHead(202).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sink does not listen on a port');
  return address.port;
});
