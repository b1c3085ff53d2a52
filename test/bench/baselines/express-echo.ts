/** What an ordinary webhook receiver does before it does anything: Express 5 parses JSON and answers with it. */
import { once } from 'node:events';

import express from 'express';

import { answerQuestions } from '../load/worker.ts';

answerQuestions(async () => {
  const app = express();
  app.use(express.json());
  app.post('/hooks/:sourceId', (request, response) => {
    response.json(request.body);
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the echo does not listen on a port');
  return address.port;
});
