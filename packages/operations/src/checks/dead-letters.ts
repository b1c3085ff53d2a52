import { createTopicAdmin, deadLetterTopic } from '@trunkline/kafka';

import type { OperatorAccess } from '../access.ts';
import { type GroupPlan, groups } from '../groups.ts';
import { countOfLetters, countText, type LetterCount } from '../letters/letter-count.ts';
import { readDeadLetters } from '../letters/read.ts';
import { missingTopics } from '../topics/missing-topics.ts';
import { type Check, few, ok, warning } from './check.ts';

/** Events that wait for somebody: nothing tries them again by itself. */
export const deadLetters: Check = {
  name: 'dlq',
  requires: ['kafka'],
  async run(access) {
    const waiting: { readonly group: string; readonly count: LetterCount }[] = [];
    const gaps: string[] = [];
    for (const group of await groupsWithDeadLetters(access)) {
      const read = await readDeadLetters({ connection: access.kafka(), group }, access);
      const count = countOfLetters(read);
      if (read.gap !== undefined) gaps.push(read.gap);
      if (count.open !== 0) waiting.push({ group: group.name, count });
    }
    const [first, gap] = [waiting[0], gaps[0]];
    if (first === undefined) return ok('no dead letter is open');
    const detail = few(waiting.map(({ group, count }) => `${group} ${countText(count)}`));
    return gap === undefined
      ? warning(
          detail,
          `trunkline dlq list ${first.group}; once the cause is fixed, trunkline dlq redrive ${first.group}`,
        )
      : warning(`${detail}: ${gap}`, `trunkline dlq list ${first.group}, when the database answers`);
  },
};

/** An empty topic is not read: reading costs a second or two. */
async function groupsWithDeadLetters(access: OperatorAccess): Promise<readonly GroupPlan[]> {
  const admin = createTopicAdmin(access.kafka());
  try {
    const missing = await missingTopics(admin, access);
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
