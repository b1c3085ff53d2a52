import { setTimeout as delay } from 'node:timers/promises';

import { TrunklineError, withinMs } from '@trunkline/core';
import type { AclEntry, Admin } from 'kafkajs';

import type { KafkaConnection } from '../kafkajs/connection.ts';
import { brokerUnavailable } from '../kafkajs/kafka-errors.ts';
import { kafkajs } from '../kafkajs/library.ts';

/** One thing that one user of the brokers may do. Whatever no rule allows is refused; a rule never forbids. */
export interface AclRule {
  /** As the brokers know them, without `User:`. */
  readonly user: string;
  readonly resource: 'topic' | 'group';
  /** A logical name, or with `beginsWith` the beginning of some; empty: all of the installation. */
  readonly name: string;
  readonly beginsWith?: true;
  readonly operation: AclOperation;
}

/** https://kafka.apache.org/documentation/#operations_in_kafka; reading and writing include describing. */
export type AclOperation = 'read' | 'write' | 'describe' | 'describe_configs' | 'delete';

export interface AclDiff {
  readonly missing: readonly AclRule[];
  /** What the users of the plan may do beyond it, in this client's words. */
  readonly surplus: readonly AclRule[];
}

/** The rules of a plan's users. Those of other users are nobody's business here. */
export interface AclAdmin {
  plan(desired: readonly AclRule[]): Promise<AclDiff>;
  /** Adds what is missing, then takes away what is too much; returns what differed. */
  apply(desired: readonly AclRule[]): Promise<AclDiff>;
  close(): Promise<void>;
}

const requestTimeoutMs = 10_000;
const callTimeoutMs = 30_000;
const pollMs = 50;
const anyHost = '*';
const anyName = '*';

/** Whom the brokers know a service, or the command line (`operator`), as. */
export function kafkaUserOf(service: string): string {
  return `trunkline-${service}`;
}

/** Asks brokers as whom the connection says, who must be allowed to change what others may. */
export function createAclAdmin(connection: KafkaConnection): AclAdmin {
  const client = connection.open({
    requestTimeoutMs,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
  const admin = client.kafka.admin();
  const call = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      await withinMs(admin.connect(), callTimeoutMs, 'connecting to Kafka');
      return await withinMs(work(), callTimeoutMs, what);
    } catch (error) {
      throw brokerUnavailable(what, error);
    }
  };
  const compare = async (desired: readonly AclRule[]): Promise<Difference> => {
    const users = new Set(desired.map(({ user }) => principalOf(user)));
    const there = (await readEntries(admin)).filter(({ principal }) => users.has(principal));
    const wanted = desired.map((rule) => entryOf(rule, connection));
    const keysThere = new Set(there.map(keyOf));
    const keysWanted = new Set(wanted.map(keyOf));
    return {
      missing: desired.filter((rule) => !keysThere.has(keyOf(entryOf(rule, connection)))),
      surplus: there.filter((entry) => !keysWanted.has(keyOf(entry))),
    };
  };
  /** Until the broker that answers has heard of it: it says done before, and would refuse for a moment what is allowed. */
  const known = async (desired: readonly AclRule[]): Promise<void> => {
    const end = performance.now() + requestTimeoutMs;
    for (;;) {
      const { missing, surplus } = await compare(desired);
      if (missing.length === 0 && surplus.length === 0) return;
      if (performance.now() > end)
        throw new TrunklineError('dependency_unavailable', `the rules are not in force after ${requestTimeoutMs} ms`);
      await delay(pollMs);
    }
  };
  const told = ({ missing, surplus }: Difference): AclDiff => ({
    missing,
    surplus: surplus.map((entry) => ruleOf(entry, connection)),
  });

  return {
    plan: (desired) => call('comparing the rules of users', async () => told(await compare(desired))),
    apply: (desired) =>
      call('applying the rules of users', async () => {
        const difference = await compare(desired);
        const missing = difference.missing.map((rule) => entryOf(rule, connection));
        if (missing.length > 0) await admin.createAcls({ acl: missing });
        if (difference.surplus.length > 0) await admin.deleteAcls({ filters: [...difference.surplus] });
        await known(desired);
        return told(difference);
      }),
    close: async () => {
      await withinMs(admin.disconnect(), 1_000, 'disconnecting from Kafka').catch(() => undefined);
      client.destroySockets();
    },
  };
}

interface Difference {
  readonly missing: readonly AclRule[];
  readonly surplus: readonly AclEntry[];
}

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const operations: Readonly<Record<AclOperation, number>> = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  describe: AclOperationTypes.DESCRIBE,
  describe_configs: AclOperationTypes.DESCRIBE_CONFIGS,
  delete: AclOperationTypes.DELETE,
};

/** Of topics and groups, whatever their pattern. */
async function readEntries(admin: Admin): Promise<readonly AclEntry[]> {
  const answers = await Promise.all(
    [AclResourceTypes.TOPIC, AclResourceTypes.GROUP].map((resourceType) =>
      admin.describeAcls({
        resourceType,
        resourcePatternType: ResourcePatternTypes.ANY,
        operation: AclOperationTypes.ANY,
        permissionType: AclPermissionTypes.ANY,
      }),
    ),
  );
  return answers.flatMap(({ resources }) =>
    resources.flatMap(({ acls, resourceType, resourceName, resourcePatternType }) =>
      acls.map((acl) => ({ ...acl, resourceType, resourceName, resourcePatternType })),
    ),
  );
}

function entryOf({ user, resource, name, beginsWith, operation }: AclRule, connection: KafkaConnection): AclEntry {
  const wireName = connection.onWire(name);
  // An empty beginning is no pattern that Kafka knows; all names have a sign of their own.
  const isPrefix = beginsWith === true && wireName !== '';
  return {
    principal: principalOf(user),
    host: anyHost,
    operation: operations[operation],
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName: wireName === '' ? anyName : wireName,
    resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
  };
}

/** For people, so an operation that is none of ours is told as the nearest there is: everything. */
function ruleOf(entry: AclEntry, connection: KafkaConnection): AclRule {
  const operation = Object.entries(operations).find(([, number]) => number === entry.operation)?.[0];
  return {
    user: entry.principal.replace(/^User:/, ''),
    resource: entry.resourceType === AclResourceTypes.TOPIC ? 'topic' : 'group',
    name: entry.resourceName === anyName ? '' : connection.logical(entry.resourceName),
    ...(entry.resourceName === anyName || entry.resourcePatternType === ResourcePatternTypes.PREFIXED
      ? { beginsWith: true as const }
      : {}),
    // One of the table's own keys.
    operation: (operation ?? 'write') as AclOperation,
  };
}

function principalOf(user: string): string {
  return `User:${user}`;
}

function keyOf(entry: AclEntry): string {
  const { principal, host, operation, permissionType, resourceType, resourceName, resourcePatternType } = entry;
  return JSON.stringify([principal, host, operation, permissionType, resourceType, resourceName, resourcePatternType]);
}
