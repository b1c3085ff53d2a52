/**
 * The containers of the docker stack and of docker-compose.yml: the same versions as the embedded one, and the broker's
 * settings as its image wants them.
 */
import { brokerSettings } from './parts/kafka-properties.ts';
import type { StackPart } from './types.ts';

export const dockerImages: Readonly<Record<StackPart, string>> = {
  kafka: 'apache/kafka:4.3.1',
  registry: 'apicurio/apicurio-registry:3.0.9',
  postgres: 'postgres:18.4',
  redis: 'redis:7.4.7',
  zipkin: 'jaegertracing/jaeger:2.11.0',
};

/** Ports inside the container. */
export const kafkaContainerPorts = { main: 9092, controller: 9093, internal: 9094, proxy: 9095 } as const;

/** The environment of apache/kafka: every property, spelt KAFKA_A_B_C. */
export function kafkaContainerEnv(advertised: {
  readonly main: number;
  readonly proxy: number | undefined;
}): Record<string, string> {
  const { main, controller, internal, proxy } = kafkaContainerPorts;
  const withProxy = advertised.proxy !== undefined;
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@localhost:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    // The advertised host ports do not exist inside the container, so the broker talks to itself on a listener of its own.
    'inter.broker.listener.name': 'INTERNAL',
    listeners: [
      `PLAINTEXT://0.0.0.0:${main}`,
      `CONTROLLER://localhost:${controller}`,
      `INTERNAL://localhost:${internal}`,
      ...(withProxy ? [`PROXY://0.0.0.0:${proxy}`] : []),
    ].join(','),
    'advertised.listeners': [
      `PLAINTEXT://localhost:${advertised.main}`,
      `INTERNAL://localhost:${internal}`,
      ...(withProxy ? [`PROXY://localhost:${advertised.proxy}`] : []),
    ].join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,PROXY:PLAINTEXT',
    ...brokerSettings,
  };
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
      String(value),
    ]),
  );
}
