/** server.properties of the brokers we start. */
import { loopback } from '../ports.ts';

const kib = 1024;
const mib = 1024 * kib;
/**
 * The largest record any topic may ask for: the 8 MiB body limit, 128 KiB around it on ingress.delivery.v1, and 64 KiB
 * more for what the retry and dead-letter topics add.
 */
export const kafkaMessageMaxBytes = 8 * mib + (128 + 64) * kib;

type Properties = Readonly<Record<string, string | number | boolean>>;

/** What makes a single node behave as our code expects; the same in the container of the docker stack. */
export const brokerSettings: Properties = {
  // Topics are created from code; a misspelt name must fail.
  'auto.create.topics.enable': false,
  'message.max.bytes': kafkaMessageMaxBytes,
  'replica.fetch.max.bytes': kafkaMessageMaxBytes,
  'group.initial.rebalance.delay.ms': 0,
  'offsets.topic.replication.factor': 1,
  // The defaults of 50 only make the first start of a group slower on a single node.
  'offsets.topic.num.partitions': 10,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 10,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'share.coordinator.state.topic.num.partitions': 10,
};

/** What a broker asks of whoever comes, and by which files it is believed itself. */
export interface KafkaSecurityFiles {
  /** PEM: whom brokers and controllers believe among themselves. */
  readonly caFile: string;
  /** PEM: a certificate and its key, as Kafka wants them in one. Among themselves. */
  readonly brokerFile: string;
  /** The same for clients, which is renewed while the broker runs. */
  readonly serverFile: string;
  /** Who may log in without SCRAM, so that this is seen to work too. */
  readonly plainUser: { readonly name: string; readonly password: string };
}

/** Who the broker is to itself, and who may do everything. */
export const superUsers = { broker: 'broker', administrator: 'admin' } as const;

/** One server of a cluster. */
export interface KafkaNode {
  /** From 1 on. */
  readonly id: number;
  readonly folder: string;
  readonly main: number;
  /** Of a node that is a controller. */
  readonly controller: number | undefined;
  readonly proxy: { readonly bind: number; readonly advertised: number } | undefined;
  /** Of a secured one, where brokers and we ourselves speak to it: with a certificate, and as who that says. */
  readonly internal?: number | undefined;
  readonly security?: KafkaSecurityFiles | undefined;
}

/** The first nodes, an odd number of them: with an even one the death of a node would leave no majority, or no more than with one less. */
export function isController(id: number, count: number): boolean {
  return id <= (count % 2 === 0 ? count - 1 : count);
}

/** What is not listed is Kafka's default, notably flushing; retention belongs to the topics. */
export function serverProperties(node: KafkaNode, nodes: readonly KafkaNode[]): string {
  const { id, folder, main, controller, proxy, internal, security } = node;
  const clients = security === undefined ? 'PLAINTEXT' : 'CLIENTS';
  const at = (name: string, port: number): string => `${name}://${loopback}:${port}`;
  const voters = nodes.flatMap((each) =>
    each.controller === undefined ? [] : [`${each.id}@${loopback}:${each.controller}`],
  );
  const properties: Properties = {
    'process.roles': controller === undefined ? 'broker' : 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': internal === undefined ? clients : 'INTERNAL',
    // A client follows the advertised address: only a listener advertised at the proxy's port keeps it behind the proxy.
    listeners: [
      at(clients, main),
      ...(internal === undefined ? [] : [at('INTERNAL', internal)]),
      ...(controller === undefined ? [] : [at('CONTROLLER', controller)]),
      ...(proxy ? [at('PROXY', proxy.bind)] : []),
    ].join(','),
    'advertised.listeners': [
      at(clients, main),
      ...(internal === undefined ? [] : [at('INTERNAL', internal)]),
      ...(proxy ? [at('PROXY', proxy.advertised)] : []),
    ].join(','),
    ...(security === undefined
      ? { 'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXY:PLAINTEXT' }
      : securitySettings(security)),
    'log.dirs': folder,
    ...brokerSettings,
    // So that whoever kills a consumer need not wait 6 s until its group has forgotten it.
    'group.min.session.timeout.ms': 1_000,
    ...(nodes.length === 1 ? {} : clusterSettings(nodes.length)),
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** https://kafka.apache.org/documentation/#security */
function securitySettings({ caFile, brokerFile, serverFile, plainUser }: KafkaSecurityFiles): Properties {
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${plainUser.name}="${plainUser.password}";`;
  return {
    'listener.security.protocol.map': 'CLIENTS:SASL_SSL,PROXY:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512,PLAIN',
    ...Object.fromEntries(
      ['clients', 'proxy'].flatMap((listener) => [
        [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`, scram],
        [`listener.name.${listener}.plain.sasl.jaas.config`, plain],
        [`listener.name.${listener}.ssl.keystore.location`, serverFile],
      ]),
    ),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': brokerFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': caFile,
    'listener.name.internal.ssl.client.auth': 'required',
    'listener.name.controller.ssl.client.auth': 'required',
    // Who a certificate says somebody is: its common name, alone.
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+)$/$1/',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': Object.values(superUsers)
      .map((name) => `User:${name}`)
      .join(';'),
  };
}

/** Internal topics outlive a broker, and the death of one is noticed within 2 s instead of 9, so that tests need not wait. */
function clusterSettings(count: number): Properties {
  const replicas = Math.min(3, count);
  const leastInSync = Math.max(1, replicas - 1);
  return {
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': leastInSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': leastInSync,
    'broker.session.timeout.ms': 2_000,
    'broker.heartbeat.interval.ms': 400,
    'controller.quorum.fetch.timeout.ms': 1_000,
    'controller.quorum.election.timeout.ms': 500,
  };
}
