import { receivedTopics, type Topic, topicEntry, topics } from '@trunkline/events';
import {
  type AclOperation,
  type AclRule,
  deadLetterTopic,
  kafkaUserOf,
  redriveTopic,
  retryGroup,
  retryTopic,
} from '@trunkline/kafka';

import { type GroupPlan, groups } from '../groups.ts';
import { archiveTopic } from '../replay/archive.ts';

/**
 * Who may do what on the brokers, in one table that follows from what services declare: the topics and groups of consumers,
 * what they ask for, their retry delays. Nobody may create, alter or delete a topic: that is the administrator's.
 */
export function aclPlan({ retryTiers }: { readonly retryTiers: readonly string[] }): readonly AclRule[] {
  return [
    ...rulesOf('ingress', ingressRights()),
    ...groups.flatMap((group) => rulesOf(group.name, consumerRights(group, retryTiers))),
    ...rulesOf('journal', journalRights(retryTiers)),
    ...rulesOf('connections', connectionsRights()),
    ...rulesOf('operator', operatorRights()),
  ];
}

/** Of the plan. */
export const kafkaUsers: readonly string[] = [
  'ingress',
  ...groups.map(({ name }) => name),
  'journal',
  'connections',
  'operator',
].map(kafkaUserOf);

type Right = Omit<AclRule, 'user'>;

/** It writes whatever a provider may send, and reads nothing. */
function ingressRights(): readonly Right[] {
  return written(receivedTopics);
}

/** It reads its topics and its own copies, and writes nothing but copies, dead letters and what it asks for. */
function consumerRights(
  { name, topics: consumed, asks, tells }: GroupPlan,
  retryTiers: readonly string[],
): readonly Right[] {
  const retries = retryTiers.map((tier) => retryTopic(name, tier));
  return [
    ...on('topic', [...consumed, ...retries, redriveTopic(name)], ['read']),
    ...written([...retries, deadLetterTopic(name), ...asks, ...tells]),
    ...on('group', groupsOf(name), ['read']),
  ];
}

/** Of the redrive topic it is called as the topic is. */
function groupsOf(name: string): readonly string[] {
  return [name, retryGroup(name), redriveTopic(name)];
}

/** It reads everything, and writes what is sent back, what a replay publishes and that operators be told. */
function journalRights(retryTiers: readonly string[]): readonly Right[] {
  const copies = groups.flatMap(({ name }) => [
    ...retryTiers.map((tier) => retryTopic(name, tier)),
    deadLetterTopic(name),
    redriveTopic(name),
  ]);
  return [
    ...on('topic', [...topics, ...copies], ['read']),
    ...written([...groups.map(({ name }) => redriveTopic(name)), ...replayed(), 'notifications.request.v1']),
    ...on('group', ['journal', 'journal.failures'], ['read']),
    // How far the consumers are.
    ...on(
      'group',
      groups.flatMap(({ name }) => groupsOf(name)),
      ['describe'],
    ),
    ...readerRights(),
  ];
}

/** It asks that operators be told of accounts, and reads nothing. */
function connectionsRights(): readonly Right[] {
  return written(['notifications.request.v1']);
}

/** People at the command line look at everything, send back and replay. What they apply, they do as an administrator. */
function operatorRights(): readonly Right[] {
  return [
    { resource: 'topic', name: '', beginsWith: true, operation: 'read' },
    { resource: 'topic', name: '', beginsWith: true, operation: 'describe_configs' },
    { resource: 'group', name: '', beginsWith: true, operation: 'describe' },
    ...on('topic', [...replayed(), ...groups.map(({ name }) => redriveTopic(name))], ['write']),
    ...readerRights(),
  ];
}

/** Whoever reads without being of a group is of one of its own, which it takes away afterwards. */
function readerRights(): readonly Right[] {
  const own = { resource: 'group', name: 'trunkline.reader.', beginsWith: true } as const;
  return [
    { ...own, operation: 'read' },
    { ...own, operation: 'delete' },
  ];
}

/** Topics that a replay of the archive publishes to again, the archive itself among them. */
function replayed(): readonly Topic[] {
  return topics.filter((topic) => topic === archiveTopic || ['domain', 'integration'].includes(topicEntry(topic).kind));
}

/** Whoever writes to a topic first looks how large its records may be. */
function written(names: readonly string[]): readonly Right[] {
  return on('topic', names, ['write', 'describe_configs']);
}

function on(
  resource: AclRule['resource'],
  names: readonly string[],
  operations: readonly AclOperation[],
): readonly Right[] {
  return names.flatMap((name) => operations.map((operation) => ({ resource, name, operation })));
}

/** Each rule once: what a consumer writes it may read as well. */
function rulesOf(service: string, rights: readonly Right[]): readonly AclRule[] {
  const user = kafkaUserOf(service);
  const rules = new Map(rights.map((right) => [JSON.stringify(right), { user, ...right }]));
  return [...rules.values()];
}
