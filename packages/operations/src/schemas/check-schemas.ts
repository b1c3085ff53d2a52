import { classify } from '@trunkline/core';
import type { SchemaRegistryClient } from '@trunkline/kafka';

import { ownSubjects, type SchemaReport } from './own-subjects.ts';

/** What the registry says about each schema of this build. Throws `dependency_unavailable` when it cannot be asked. */
export async function checkSchemas(registry: SchemaRegistryClient): Promise<readonly SchemaReport[]> {
  const reports: SchemaReport[] = [];
  for (const { topic, subject, schema } of ownSubjects()) {
    const id = await idIfRegistered(registry, subject, schema);
    if (id !== undefined) {
      reports.push({ topic, subject, id, state: 'as before', reasons: [] });
      continue;
    }
    const answer = await registry.check(subject, schema);
    reports.push({
      topic,
      subject,
      id: undefined,
      ...(answer.isCompatible ? { state: 'missing', reasons: [] } : { state: 'refused', reasons: answer.reasons }),
    });
  }
  return reports;
}

/** The id of exactly this schema; undefined where the registry answers that it does not have it. */
export async function idIfRegistered(
  registry: SchemaRegistryClient,
  subject: string,
  schema: string,
): Promise<number | undefined> {
  try {
    return await registry.idOf(subject, schema);
  } catch (thrown) {
    const error = classify(thrown);
    if (error.code === 'config_invalid') return undefined;
    throw error;
  }
}
