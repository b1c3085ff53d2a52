import { createTopicAdmin } from '@trunkline/kafka';

import { openKafka } from '../kafka-access.ts';
import { planTopics } from '../topic-plan.ts';
import { reportTopics } from '../topic-report.ts';
import { type Check, failed, few, ok } from './check.ts';

export const topics: Check = {
  name: 'topics',
  requires: ['kafka'],
  async run(context) {
    const plan = planTopics(context);
    const admin = createTopicAdmin(openKafka(context));
    try {
      const wrong = reportTopics(plan, await admin.plan(plan)).filter(({ state }) => state !== 'in order');
      const described = wrong.map(
        ({ topic, state, differences }) =>
          `${topic} ${state === 'missing' ? 'is missing' : `(${differences.join('; ')})`}`,
      );
      return wrong.length === 0
        ? ok(`all ${plan.length} are as planned`)
        : failed(few(described), 'trunkline topics apply');
    } finally {
      await admin.close();
    }
  },
};
