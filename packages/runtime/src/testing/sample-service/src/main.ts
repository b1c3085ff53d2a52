import { createServer } from 'node:http';

import { propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { z } from 'zod';

import { oneOf, runService, type StartRequestSpan, text } from '../../../index.ts';

/** A service for the tests of the runtime: what it does on start and on stop is asked for by environment. */
await runService({
  name: 'sample',
  config: z.object({
    SAMPLE_NAME: text({ what: 'a name', example: 'anna' }),
    SAMPLE_START: oneOf(['well', 'throws', 'rejects-later', 'serves'], 'well'),
    SAMPLE_STOP: oneOf(['well', 'hangs'], 'well'),
  }),
  createApp: (config, service) => {
    service.health.check('name', () => ({ ok: true, detail: config.SAMPLE_NAME }));
    const idle = setInterval(() => undefined, 1_000);
    return {
      start: async () => {
        if (config.SAMPLE_START === 'throws') throw new RangeError('the sample cannot start');
        if (config.SAMPLE_START === 'rejects-later')
          setImmediate(() => void Promise.reject(new Error('nobody owns this')));
        if (config.SAMPLE_START === 'serves') await serve(service.startRequestSpan);
        service.metrics.count('webhooks_received_total', { source: 'src_sample', event: 'none' });
      },
      stop: async () => {
        clearInterval(idle);
        if (config.SAMPLE_STOP === 'hangs') await new Promise(() => setInterval(() => undefined, 1_000));
      },
    };
  },
});

/** Answers with the trace context of the request, and prints the port. */
async function serve(startRequestSpan: StartRequestSpan): Promise<void> {
  const server = createServer((request, response) => {
    const span = startRequestSpan(request, '/hooks/:sourceId');
    const carrier: Record<string, string> = {};
    propagation.inject(trace.setSpan(ROOT_CONTEXT, span), carrier);
    response.end(JSON.stringify(carrier));
    span.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`serving on ${address.port}\n`);
}
