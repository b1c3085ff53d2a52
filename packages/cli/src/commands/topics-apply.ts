import { createTopicAdmin } from '@trunkline/kafka';
import { reportTopics } from '@trunkline/operations';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka } from '../kafka-access.ts';
import { renderTopics } from '../render-topics.ts';
import { planTopics } from '../topic-plan.ts';
import { addExamples } from './examples.ts';

export function define(topics: Command, launch: Launch): void {
  const command = topics
    .command('apply')
    .description('create missing topics and correct their configuration; safe to run again')
    .action(() => launch(run, undefined));
  addExamples(command, [
    ['trunkline topics apply', 'the run of npm start'],
    ['trunkline topics apply --kafka-brokers kafka:9092 --partitions 12 --replication-factor 3', 'another cluster'],
  ]);
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const plan = planTopics(context);
  const admin = createTopicAdmin(openKafka(context));
  try {
    const before = await admin.plan(plan);
    const left = before.length === 0 ? [] : await admin.apply(plan);
    const reports = reportTopics(plan, left);
    const created = new Set(before.filter((diff) => diff.kind === 'missing').map((diff) => diff.topic));
    const corrected = new Set(before.filter((diff) => diff.kind === 'wrong_config').map((diff) => diff.topic));
    output.result(
      { created: [...created], corrected: [...corrected], inOrder: left.length === 0, topics: reports },
      () =>
        [
          renderTopics(reports, output.style),
          '',
          `${created.size} created, ${corrected.size} corrected, ${plan.length - created.size - corrected.size} as they were`,
        ].join('\n'),
    );
    return left.length === 0 ? 'ok' : 'refused';
  } finally {
    await admin.close();
  }
}
