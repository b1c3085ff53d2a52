import { createTopicAdmin, deadLetterTopic } from '@trunkline/kafka';

import { isOpen } from '../commands/dlq-list.ts';
import type { CommandContext } from '../context.ts';
import { readDeadLetters } from '../dead-letters/read.ts';
import { type GroupPlan, groups } from '../groups.ts';
import { openKafka } from '../kafka-access.ts';
import { missingTopics } from '../topic-plan.ts';
import { type Check, few, ok, warning } from './check.ts';

/** Events that wait for somebody: nothing tries them again by itself. */
export const deadLetters: Check = {
  name: 'dlq',
  requires: ['kafka'],
  async run(context) {
    const waiting: { readonly group: string; readonly open: number }[] = [];
    for (const group of await groupsWithDeadLetters(context)) {
      const { letters } = await readDeadLetters({ connection: openKafka(context), group }, context);
      const open = letters.filter(isOpen).length;
      if (open > 0) waiting.push({ group: group.name, open });
    }
    const first = waiting[0];
    return first === undefined
      ? ok('no dead letter is open')
      : warning(
          `open: ${few(waiting.map(({ group, open }) => `${group} ${open}`))}`,
          `trunkline dlq list ${first.group}; once the cause is fixed, trunkline dlq redrive ${first.group}`,
        );
  },
};

/** An empty topic is not read: reading costs a second or two. */
async function groupsWithDeadLetters(context: CommandContext): Promise<readonly GroupPlan[]> {
  const admin = createTopicAdmin(openKafka(context));
  try {
    const missing = await missingTopics(admin, context);
    const found: GroupPlan[] = [];
    for (const group of groups) {
      const topic = deadLetterTopic(group.name);
      if (missing.has(topic)) continue;
      if ((await admin.offsets(topic)).some(({ low, high }) => high > low)) found.push(group);
    }
    return found;
  } finally {
    await admin.close();
  }
}
