import { createTopicAdmin } from '@trunkline/kafka';

import { openKafka } from '../kafka-access.ts';
import { type Check, ok } from './check.ts';

export const kafka: Check = {
  name: 'kafka',
  requires: [],
  async run(context) {
    const admin = createTopicAdmin(openKafka(context));
    try {
      // Comparing with an empty plan is the smallest question: it lists topics and nothing more.
      await admin.plan([]);
      return ok(`${context.settings.require('kafkaBrokers')} answers`);
    } finally {
      await admin.close();
    }
  },
};
