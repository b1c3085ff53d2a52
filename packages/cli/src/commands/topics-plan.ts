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
    .command('plan')
    .description('compare the topics of this build with the broker; changes nothing, ends with 1 when they differ')
    .action(() => launch(run, undefined));
  addExamples(command, [
    ['trunkline topics plan', 'the run of npm start'],
    ['trunkline topics plan --kafka-brokers kafka:9092 --partitions 12 --replication-factor 3', 'another cluster'],
  ]);
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const plan = planTopics(context);
  const admin = createTopicAdmin(openKafka(context));
  try {
    const diffs = await admin.plan(plan);
    const reports = reportTopics(plan, diffs);
    output.result({ inOrder: diffs.length === 0, topics: reports }, () =>
      [
        renderTopics(reports, output.style),
        ...(diffs.length === 0 ? [] : ['', `${output.style.faint('next')}  trunkline topics apply`]),
      ].join('\n'),
    );
    return diffs.length === 0 ? 'ok' : 'refused';
  } finally {
    await admin.close();
  }
}
