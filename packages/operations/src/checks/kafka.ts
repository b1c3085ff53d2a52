import { createTopicAdmin } from '@trunkline/kafka';

import { type Check, ok } from './check.ts';

export const kafka: Check = {
  name: 'kafka',
  requires: [],
  async run(access) {
    const admin = createTopicAdmin(access.kafka());
    try {
      // Comparing with an empty plan is the smallest question: it lists topics and nothing more.
      await admin.plan([]);
      return ok(`${access.kafkaBrokers()} answers`);
    } finally {
      await admin.close();
    }
  },
};
