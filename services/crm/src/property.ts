import { type ConsumedEvent, entityOf } from '@trunkline/consumer';
import {
  entityColumns,
  type EntityKey,
  entityParameters,
  entityText,
  entityValues,
  type Transaction,
} from '@trunkline/postgres';

import type { ObjectTopic } from './object-topic.ts';

/** What says something of one property and nothing of the object's fields: a projection leaves it to the table here. */
export const propertyFields = ['propertyName', 'propertyValue', 'propertyValueTruncated', 'changeSource'] as const;

interface PropertyValue {
  readonly key: EntityKey;
  readonly name: string;
  readonly value: string | null;
  readonly isTruncated: boolean;
  readonly version: string;
}

/** Keeps what events say of properties that no field has the meaning of: of each its newest value. */
export async function keepProperties(tx: Transaction, events: readonly ConsumedEvent<ObjectTopic>[]): Promise<void> {
  const newest = new Map<string, PropertyValue>();
  for (const event of events) {
    const property = propertyOf(event);
    if (property === undefined) continue;
    const id = JSON.stringify([entityText(property.key), property.name]);
    const known = newest.get(id);
    if (known === undefined || property.version > known.version) newest.set(id, property);
  }
  if (newest.size === 0) return;
  const properties = [...newest.values()];
  await tx.query(keepSql, [
    ...entityValues(properties.map(({ key }) => key)),
    properties.map(({ name }) => name),
    properties.map(({ value }) => value),
    properties.map(({ isTruncated }) => isTruncated),
    properties.map(({ version }) => version),
  ]);
}

function propertyOf({ record }: ConsumedEvent<ObjectTopic>): PropertyValue | undefined {
  const { metadata, propertyName: name, propertyValue: value, propertyValueTruncated: isTruncated } = record;
  if (name === null || !metadata.statedFields.includes('propertyValue')) return undefined;
  return { key: entityOf(metadata), name, value, isTruncated: isTruncated === true, version: metadata.entityVersion };
}

/** Sorted: two transactions that write the same rows in different orders would deadlock. */
const keepSql = `
INSERT INTO crm.property AS t (${entityColumns}, property_name, value, value_truncated, entity_version)
SELECT ${entityColumns}, name, value, is_truncated, version
FROM unnest(${entityParameters(1)}, $6::text[], $7::text[], $8::boolean[], $9::text[])
  AS i (${entityColumns}, name, value, is_truncated, version)
ORDER BY ${entityColumns}, name
ON CONFLICT (${entityColumns}, property_name) DO UPDATE
SET value = excluded.value, value_truncated = excluded.value_truncated, entity_version = excluded.entity_version,
  updated_at = now()
WHERE excluded.entity_version > t.entity_version`;
