/** Apache Kafka, one node that is broker and controller (KRaft). */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { foreignCode, TrunklineError } from '@trunkline/core';

import { kafkaArtifact } from '../artifacts.ts';
import { ensureArtifact } from '../cache.ts';
import { freePort, loopback } from '../ports.ts';
import { kafkaProbe } from '../probes.ts';
import { runTool } from '../run-tool.ts';
import { logPathOf, serverEnv, storageTools, usualRank } from './plan.ts';
import type { PartContext, PartPlan } from './plan.ts';

const kib = 1024;
const mib = 1024 * kib;
/**
 * The largest record any topic may ask for: the 8 MiB body limit, 128 KiB around it on ingress.delivery.v1, and 64 KiB
 * more for what the retry and dead-letter topics add.
 */
export const kafkaMessageMaxBytes = 8 * mib + (128 + 64) * kib;

/** What makes a single node behave as our code expects; the same in the container of the docker stack. */
export const brokerSettings: Readonly<Record<string, string | number | boolean>> = {
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

// Measured: 2 s for an idle broker. A longer stop would break the 10 s that Ctrl-C may take in all.
const stopGraceMs = 5_000;
const logging = [
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
  // Every client with a config object prints 200 lines of it.
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn',
];

export async function prepareKafka(context: PartContext): Promise<PartPlan> {
  const libraries = await ensureArtifact(kafkaArtifact, {
    ...context,
    onDownload: (detail) => context.onProgress('downloading', detail),
  });
  context.onProgress('preparing');
  const classpath = join(libraries, '*');
  const listeners = {
    main: context.ports.kafka,
    // Never advertised to clients, so they may differ from run to run: static voters keep them out of the metadata log.
    controller: await freePort(),
    proxy:
      context.kafkaProxyPort === undefined ? undefined : { bind: await freePort(), advertised: context.kafkaProxyPort },
  };
  const folder = join(context.dataDir, 'kafka');
  const propertiesPath = join(context.dataDir, 'kafka.properties');
  await writeFile(propertiesPath, serverProperties(listeners, folder));
  await formatOnce(context, { classpath, folder });
  return {
    probe: kafkaProbe({ port: context.ports.kafka }),
    ...(listeners.proxy === undefined ? {} : { proxyUpstream: `${loopback}:${listeners.proxy.bind}` }),
    launch: {
      part: 'kafka',
      command: context.java,
      args: ['-Xms128m', '-Xmx512m', ...logging, '-cp', classpath, 'kafka.Kafka', propertiesPath],
      env: serverEnv(context.env),
      cwd: context.dataDir,
      logPath: logPathOf(context.dataDir, 'kafka'),
      stopSignal: 'SIGTERM',
      graceMs: stopGraceMs,
      rank: usualRank,
    },
  };
}

export interface KafkaListeners {
  readonly main: number;
  readonly controller: number;
  readonly proxy: { readonly bind: number; readonly advertised: number } | undefined;
}

/** server.properties. What is not listed is Kafka's default, notably flushing; retention belongs to the topics. */
export function serverProperties(listeners: KafkaListeners, folder: string): string {
  const { main, controller, proxy } = listeners;
  const at = (name: string, port: number): string => `${name}://${loopback}:${port}`;
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${loopback}:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    // A client follows the advertised address: only a listener advertised at the proxy's port keeps it behind the proxy.
    listeners: [at('PLAINTEXT', main), at('CONTROLLER', controller), ...(proxy ? [at('PROXY', proxy.bind)] : [])].join(
      ',',
    ),
    'advertised.listeners': [at('PLAINTEXT', main), ...(proxy ? [at('PROXY', proxy.advertised)] : [])].join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXY:PLAINTEXT',
    'log.dirs': folder,
    ...brokerSettings,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Gives the node its cluster id, in a folder that gets its name only when it is complete. */
async function formatOnce(
  context: PartContext,
  target: { readonly classpath: string; readonly folder: string },
): Promise<void> {
  if (await exists(join(target.folder, 'meta.properties'))) return;
  const fresh = `${target.folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await rm(target.folder, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  const properties = `${fresh}.properties`;
  await writeFile(properties, serverProperties({ main: 1, controller: 2, proxy: undefined }, fresh));
  const args = [
    '-Xmx256m',
    '-cp',
    target.classpath,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    newClusterId(),
    '-c',
    properties,
  ];
  const result = await runTool(context.java, args, {
    env: serverEnv(context.env),
    signal: context.signal,
    deadlineMs: storageTools.prepareDeadlineMs,
  });
  if (result.exitCode !== 0) {
    throw new TrunklineError(
      'dependency_unavailable',
      `formatting Kafka's data folder failed: ${result.output.slice(-1000).trim()}`,
    );
  }
  await rm(properties);
  await rename(fresh, target.folder);
}

/** 128 bits in base64url. Kafka's tool takes one that begins with a dash for an option, so the first bit stays 0. */
export function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0);
  return bytes.toString('base64url');
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (foreignCode(error) === 'ENOENT') return false;
    throw error;
  }
}
