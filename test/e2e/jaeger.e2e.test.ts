/** Spans by OTLP into a real Jaeger, and what `trunkline trace` reads back from it: one event with a retry and a redrive. */
import { until } from '@trunkline/installation';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { jaegerBinary, type Jaeger, startJaeger } from '../jaeger/jaeger.ts';
import { trunkline } from './cli.ts';
import { inboxRows, recordsOfEvent } from './facts.ts';
import { refuseRow } from './refusing-row.ts';
import { nodesOf, pathTo, spanNames, type TraceNode } from './spans.ts';
import { paymentId } from './stripe.ts';
import { type E2eWorld, startWorld } from './world.ts';

const problem = jaegerBinary.isThere() ? undefined : `${jaegerBinary.path} was not built: npm run jaeger`;

it('finds a Jaeger', (context) => {
  if (problem !== undefined) context.skip(`cannot run here: ${problem}`);

  expect(problem).toBeUndefined();
});

const describeWhereItCanRun = problem === undefined ? describe : () => undefined;

describeWhereItCanRun('an event that is tried again, dead-lettered and sent back', () => {
  let jaeger: Jaeger;
  let world: E2eWorld;
  let eventId = 'none';
  beforeAll(async () => {
    jaeger = await startJaeger();
    const { kafkaBrokers, registryUrl, postgresAdminUrl } = inject('stack');
    world = await startWorld(
      { kafkaBrokers, registryUrl, postgresAdminUrl },
      { environment: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: jaeger.otlpUrl } },
    );
  });
  afterAll(async () => {
    await world?.close();
    await jaeger?.stop();
  });

  it('is one connected story, in the order in which it happened', { timeout: 120_000 }, async () => {
    const again = await refuseRow(world, { entityId: paymentId('story'), sqlState: 'P0001' });
    const answer = await world.deliver({ fixture: 'payment_intent.succeeded', payment: 'story' });
    eventId = answer.eventIds[0] ?? 'none';
    const onTopic = async (topic: string): Promise<boolean> => (await recordsOfEvent(world, topic, eventId)).length > 0;
    await until('the copy for a retry', () => onTopic('payments.retry.10s'), { everyMs: 250 });
    // Before the retry is due: the cause is now one that no retry cures.
    const never = await refuseRow(world, { entityId: paymentId('story'), sqlState: '23514' });
    await again.lift();
    await until('the dead letter', () => onTopic('payments.dlt'), { deadlineMs: 45_000, everyMs: 250 });
    await never.lift();
    await trunkline(world, ['dlq', 'redrive', 'payments', '--id', eventId]);
    await until('it is applied', async () => (await inboxRows(world, [eventId])).length > 0, { deadlineMs: 45_000 });

    const tree = await until(
      'every span has arrived',
      async () => {
        const shown = await treeFromJaeger();
        return shown !== undefined && attemptsIn(shown).length === 3 ? shown : undefined;
      },
      { deadlineMs: 30_000, everyMs: 500 },
    );

    expect(spanNames(tree)).not.toContain('(missing)');
    expect(spanNames(tree)[0]).toContain('ingress POST /hooks/');
    expect(attemptsIn(tree)).toEqual([
      'payments process payments.payment.v1 (failed)',
      'payments process payments.retry.10s (failed)',
      'payments process payments.redrive',
    ]);
    expect(pathTo(tree, 'process payments.redrive')).toEqual([
      expect.stringContaining('/hooks/'),
      'send',
      'process payments.payment.v1',
      'send payments.retry.10s',
      'process payments.retry.10s',
      'send payments.dlt',
      'process payments.redrive',
    ]);
  });

  it('is found in Jaeger by the id of the event', async () => {
    const tags = encodeURIComponent(JSON.stringify({ 'messaging.message.id': eventId }));
    const response = await fetch(`${jaeger.url}/api/traces?service=payments&tags=${tags}`);

    const { data } = (await response.json()) as { readonly data: readonly { readonly traceID: string }[] };
    const shown = await trunkline(world, ['trace', eventId, '--jaeger-url', jaeger.url]);
    expect(shown.json).toMatchObject({ traceIds: data.map(({ traceID }) => traceID), absentTraceIds: [] });
  });

  async function treeFromJaeger(): Promise<TraceNode | undefined> {
    const { json } = await trunkline(world, ['trace', eventId, '--jaeger-url', jaeger.url]);
    return (json as { readonly tree?: TraceNode }).tree;
  }
});

function attemptsIn(tree: TraceNode): readonly string[] {
  return nodesOf(tree).flatMap(({ value }) =>
    value.kind === 'span' && value.span.name.startsWith('process ')
      ? [`${value.span.service} ${value.span.name}${value.span.error === undefined ? '' : ' (failed)'}`]
      : [],
  );
}
