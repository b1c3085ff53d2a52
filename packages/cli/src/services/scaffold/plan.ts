import { TrunklineError } from '@trunkline/core';
import { isDomainTopic, isTopic, schemaTexts, type StatedTopic, topicEntry, topics } from '@trunkline/events';

/** What the author of a new service decides before there is a file. */
export interface ServicePlan {
  /** The folder below services/, the consumer group and the schema of its tables. */
  readonly name: string;
  readonly tables: readonly TablePlan[];
  /** Under `npm start`. */
  readonly port: number;
}

/** A table of the newest state that any event of a topic told. */
export interface TablePlan {
  readonly topic: StatedTopic;
  readonly entity: string;
  readonly columns: readonly { readonly field: string; readonly type: string }[];
  /** Fields without a column, because they say something about the event. */
  readonly leaves: readonly string[];
  /** Whether its events tell that the entity is gone, or back. */
  readonly existence: boolean;
  /** The last parts of the topic's event types: `created`. */
  readonly states: readonly string[];
}

/** Ports that services to come are known by, so that a new one does not take another's. */
export const standardPorts: Readonly<Record<string, number>> = {
  payments: 18090,
  telephony: 18091,
  journal: 18092,
  calendar: 18093,
  crm: 18094,
  notifications: 18095,
  connections: 18096,
  delivery: 18097,
  control: 18070,
};

const firstOtherPort = 18100;

/** The port of a name that has one, else the first that none of the others has. */
export function portOf(name: string, taken: readonly number[]): number {
  const known = Object.hasOwn(standardPorts, name) ? standardPorts[name] : undefined;
  if (known !== undefined && !taken.includes(known)) return known;
  let port = firstOtherPort;
  while (taken.includes(port)) port += 1;
  return port;
}

/** Refuses what cannot be a folder, a group and a schema at once. */
export function checkServiceName(name: string): void {
  if (/^[a-z][a-z0-9]{1,30}$/.test(name) && !reserved.includes(name)) return;
  throw new TrunklineError(
    'config_invalid',
    `${JSON.stringify(name)} cannot name a service: lower-case letters and digits, 2 to 31, and none of ${reserved.join(', ')}`,
  );
}

/** Names of roles and schemas, and of what is no consumer. */
const reserved: readonly string[] = ['ingress', 'migrator', 'operator', 'public', 'trunkline'];

/** What the events of a topic say about its entity; `integration.event.v1` says what its provider says. */
function isStatedTopic(topic: string): topic is StatedTopic {
  return isTopic(topic) && isDomainTopic(topic) && topic !== 'integration.event.v1';
}

/** Throws `config_invalid` for a topic that states nothing of an entity. */
export function tableOf(topic: string): TablePlan {
  if (!isStatedTopic(topic)) {
    const known = topics.filter(isStatedTopic);
    throw new TrunklineError('config_invalid', `no topic of events is called ${topic}: there is ${known.join(', ')}`);
  }
  const { domain, entity, types } = topicEntry(topic);
  // schemas/ has this shape; packages/events checks it for every topic.
  const { fields } = JSON.parse(schemaTexts[topic]) as { readonly fields: readonly SchemaField[] };
  const leaves = fields.filter(({ doc }) => doc.includes('never stated')).map(({ name }) => name);
  return {
    topic,
    entity,
    columns: fields
      .filter(({ name }) => name !== 'metadata' && name !== existenceField && !leaves.includes(name))
      .map(({ name, type }) => ({ field: name, type: columnType(type) })),
    leaves,
    existence: fields.some(({ name }) => name === existenceField),
    states: Object.keys(types).map((type) => type.slice(`${domain}.${entity}.`.length)),
  };
}

interface SchemaField {
  readonly name: string;
  readonly type: unknown;
  readonly doc: string;
}

/** As packages/consumer: kept as `deleted_at`. */
const existenceField = 'isDeleted';

/** The type of the column that holds every value of a field; every field may be null. */
function columnType(type: unknown): string {
  const value: unknown = Array.isArray(type) ? type.find((part) => part !== 'null') : type;
  if (value === 'string') return 'text';
  if (value === 'boolean') return 'boolean';
  if (value === 'long' || value === 'int') return 'bigint';
  if (typeof value === 'object' && value !== null && 'logicalType' in value) return 'timestamptz';
  if (typeof value === 'object' && value !== null && 'items' in value)
    return value.items === 'string' ? 'text[]' : 'jsonb';
  throw new TrunklineError('config_invalid', `a field of the type ${JSON.stringify(type)} has no column`);
}
