import { classify } from '@trunkline/core';
import { headerName, isTopic, schemaTexts } from '@trunkline/events';
import type { IncomingRecord, SchemaRegistryClient } from '@trunkline/kafka';
import { type SchemaDifference, schemaDifferences } from '@trunkline/operations';

/** The schema a record was written with, beside the one of this build. */
export interface WrittenWith {
  /** The registry's id. */
  readonly schemaId: number;
  /** Why it cannot be compared. */
  readonly unknown: string | undefined;
  /** What this build's schema has added, removed or given another type. */
  readonly differences: readonly SchemaDifference[];
}

/** Undefined where the bytes name no schema, or the record is of no topic of ours. */
export async function writtenWith(
  record: IncomingRecord | undefined,
  registry: Pick<SchemaRegistryClient, 'schemaOf'>,
): Promise<WrittenWith | undefined> {
  const topic = record?.headers[headerName.originalTopic];
  const value = record?.value;
  if (value === null || value === undefined || topic === undefined || !isTopic(topic)) return undefined;
  // 0x00 and the id of the schema: the wire format of the registry.
  if (value.length < 5 || value[0] !== 0) return undefined;
  const schemaId = value.readUInt32BE(1);
  try {
    const written = await registry.schemaOf(schemaId);
    return { schemaId, unknown: undefined, differences: schemaDifferences(written, schemaTexts[topic]) };
  } catch (thrown) {
    return { schemaId, unknown: classify(thrown).message, differences: [] };
  }
}
