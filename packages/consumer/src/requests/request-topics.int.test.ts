import { uuidOf } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { deadLetterTopic, retryTopic } from '@trunkline/kafka';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { type ConsumedRequest, defineRequestHandler, handlerTable, idOf } from '../handler.ts';
import { type BatchHarness, fail, openBatchHarness } from '../testing/batch-harness.ts';
import { publishedRequest } from '../testing/requests.ts';
import { createTestCodec, incoming } from '../testing/test-group.ts';

type Topic = 'notifications.request.v1';

/** A group that fulfils requests: one row in shop.effect for each that had its effect. */
describe('a group that takes requests', () => {
  let harness: BatchHarness;
  let misbehave: (request: ConsumedRequest<Topic>) => void;
  beforeAll(async () => {
    harness = await openBatchHarness(inject('stack').postgresAdminUrl);
  });
  afterAll(() => harness?.close());
  beforeEach(async () => {
    misbehave = () => undefined;
    const { codec } = await createTestCodec(['notifications.request.v1']);
    const handler = defineRequestHandler<Topic>({
      name: 'send',
      topic: 'notifications.request.v1',
      types: ['notifications.request.send'],
      async handle(request, tx) {
        misbehave(request);
        const { tenantId } = request.record.metadata;
        await tx.query('INSERT INTO shop.effect VALUES ($1, $2, $3, $4)', [
          tenantId,
          request.record.text,
          idOf(request),
          request.attempt,
        ]);
        return 'applied';
      },
    });
    harness.context = { ...harness.context, codec, handlers: handlerTable([handler]) };
  });
  afterEach(() => harness.reset());

  it('fulfils each once, however often it is published, and knows it by its own uuid', async () => {
    const record = publishedRequest(harness.context.codec, { name: 'hello' });

    await harness.run([incoming(record)]);
    await harness.run([incoming(record), incoming(record)]);

    const id = record.headers[headerName.id] as `req_${string}`;
    expect(await harness.effects()).toEqual(['hello']);
    expect(await harness.test.admin('SELECT event_id, tenant_id, outcome, delivery_id FROM shop.inbox')).toEqual([
      { event_id: uuidOf(id), tenant_id: 'tnt_a', outcome: 'applied', delivery_id: null },
    ]);
    expect(harness.outcomes()).toEqual({ applied: 1, duplicate: 2 });
  });

  it('retries one that fails with everything that it was published with, and fulfils it then', async () => {
    const record = publishedRequest(harness.context.codec, { name: 'hello' });
    misbehave = fail('unknown');

    await harness.run([incoming(record)]);
    const [copy] = harness.publisher.published;
    misbehave = () => undefined;
    await harness.run(copy === undefined ? [] : [incoming(copy)], 'retry');

    expect(copy).toMatchObject({ topic: retryTopic('shop', '10s'), key: record.key, value: record.value });
    expect(copy?.headers).toMatchObject({ ...record.headers, [headerName.originalTopic]: 'notifications.request.v1' });
    expect(await harness.effects()).toEqual(['hello']);
  });

  it('dead-letters one that cannot be fulfilled, and takes it again when it is sent back', async () => {
    const record = publishedRequest(harness.context.codec, { name: 'hello' });
    misbehave = fail('business_rejected');

    await harness.run([incoming(record)]);
    const [letter] = harness.publisher.published;
    misbehave = () => undefined;
    await harness.run(letter === undefined ? [] : [incoming(letter)], 'redrive');

    expect(letter?.topic).toBe(deadLetterTopic('shop'));
    expect(await harness.effects()).toEqual(['hello']);
  });

  it('fails no neighbour of one that fails', async () => {
    const names = ['a', 'b', 'c', 'd'];
    misbehave = ({ record }) => {
      if (record.text === 'c') fail('business_rejected')();
    };

    await harness.run(names.map((name) => incoming(publishedRequest(harness.context.codec, { name }))));

    expect(await harness.effects()).toEqual(['a', 'b', 'd']);
    expect(harness.topicsOfCopies()).toEqual({ [deadLetterTopic('shop')]: 1 });
  });
});
