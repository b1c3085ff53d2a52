import { describe, expect, it } from 'vitest';

import { checkTopics } from './check-topics.ts';

const broker = (topics: Readonly<Record<string, string>>): Parameters<typeof checkTopics>[0] => ({
  describe: (topic) => {
    const maxBytes = topics[topic];
    return Promise.resolve(
      maxBytes === undefined ? undefined : { partitions: 1, config: { 'max.message.bytes': maxBytes } },
    );
  },
});
const needed = { topics: ['ingress.delivery.v1', 'integration.event.v1'] as const, maxRecordBytes: () => 1_000 };

describe('checkTopics', () => {
  it('is content with topics that take enough', async () => {
    const checking = checkTopics(broker({ 'ingress.delivery.v1': '1000', 'integration.event.v1': '5000' }), needed);

    await expect(checking).resolves.toBeUndefined();
  });

  it.each([
    ['a missing topic', { 'integration.event.v1': '1000' }],
    ['a topic that takes too little', { 'ingress.delivery.v1': '999', 'integration.event.v1': '1000' }],
  ])('refuses %s by name and with the command that repairs it', async (_what, topics) => {
    const checking = checkTopics(broker(topics), needed);

    await expect(checking).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/ingress\.delivery\.v1.*trunkline topics apply/),
    });
  });
});
