import { classify } from '@trunkline/core';
import type { SchemaRegistryClient } from '@trunkline/kafka';
import { idIfRegistered, ownSubjects, schemaCompatibility, type SchemaReport } from '@trunkline/operations';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { openRegistry } from '../kafka-access.ts';
import { renderSchemas } from '../render-schemas.ts';
import { addExamples } from './examples.ts';

export function define(schemas: Command, launch: Launch): void {
  const command = schemas
    .command('register')
    .description('register the schemas of this build, each FULL_TRANSITIVE; safe to run again')
    .action(() => launch(run, undefined));
  addExamples(command, [
    ['trunkline schemas register', 'the run of npm start'],
    ['trunkline schemas register --registry-url http://registry:8081', 'another registry'],
  ]);
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const registry = openRegistry(context);
  const reports: SchemaReport[] = [];
  for (const own of ownSubjects()) reports.push(await registerOne(registry, own));
  const inOrder = reports.every(({ state }) => state !== 'refused');
  output.result({ inOrder, schemas: reports }, () => renderSchemas(reports, output.style));
  return inOrder ? 'ok' : 'refused';
}

async function registerOne(
  registry: SchemaRegistryClient,
  own: ReturnType<typeof ownSubjects>[number],
): Promise<SchemaReport> {
  const { topic, subject, schema } = own;
  const before = await idIfRegistered(registry, subject, schema);
  try {
    // Also when it is registered: the subject's compatibility rule may have been lost or changed by hand.
    const id = await registry.register(subject, schema, schemaCompatibility);
    return { topic, subject, id, state: before === undefined ? 'registered' : 'as before', reasons: [] };
  } catch (thrown) {
    const error = classify(thrown);
    if (error.code === 'dependency_unavailable') throw error;
    return { topic, subject, id: before, state: 'refused', reasons: [error.message] };
  }
}
