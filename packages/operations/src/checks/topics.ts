import { createTopicAdmin } from '@trunkline/kafka';

import { reportTopics } from '../topics/report-topics.ts';
import { type Check, failed, few, ok } from './check.ts';

export const topics: Check = {
  name: 'topics',
  requires: ['kafka'],
  async run(access) {
    const plan = access.topicPlan();
    const admin = createTopicAdmin(access.kafka());
    try {
      const wrong = reportTopics(plan, await admin.plan(plan)).filter(({ state }) => state !== 'in order');
      const missing = wrong.filter(({ state }) => state === 'missing').map(({ topic }) => topic);
      // Each kind has its own few: many missing topics must not hide the one with a wrong retention.
      const differing = wrong.filter(({ state }) => state === 'differs');
      const described = [
        ...(missing.length === 0 ? [] : [`missing: ${few(missing)}`]),
        ...(differing.length === 0
          ? []
          : [`different: ${few(differing.map(({ topic, differences }) => `${topic} (${differences.join(', ')})`))}`]),
      ];
      return wrong.length === 0
        ? ok(`all ${plan.length} are as planned`)
        : failed(described.join('; '), 'trunkline topics apply; it repairs everything but a number of partitions');
    } finally {
      await admin.close();
    }
  },
};
