/** The payments service with what it does about payments: the projection alone, or one thing beside it. For benchmarks. */
import { consumerConfig, createConsumerApp, defineHandler, type Handlers, sequence } from '@trunkline/consumer';
import { type Metrics, runService } from '@trunkline/runtime';

import { paymentProjection } from '../../../handlers/payment.ts';
import { ledgerParts } from '../../../ledger/ledger-parts.ts';
import { asked, asking } from './asking.ts';

const parts = process.env['BENCH_PARTS'];

await runService({
  name: 'payments',
  config: consumerConfig,
  createApp: (config, service) => {
    const asks = parts === 'asking' ? { asks: [asked] as const } : {};
    return createConsumerApp({ group: 'payments', handlers: handlersWith(service.metrics), ...asks }, config, service);
  },
});

function handlersWith(metrics: Metrics): Handlers {
  if (parts === 'ledger')
    return () => [defineHandler(sequence('payment', [paymentProjection, ledgerParts(metrics).payment]))];
  if (parts === 'asking')
    return ({ requests }) => [defineHandler(sequence('payment', [paymentProjection, asking(requests)]))];
  const projection = sequence('payment', [paymentProjection]);
  if (parts === 'ordered') return () => [defineHandler(projection, { ordering: 'strict' })];
  return () => [defineHandler(projection)];
}
