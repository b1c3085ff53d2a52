/** Apache Kafka (KRaft): one node that is broker and controller, or several. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { foreignCode, TrunklineError } from '@trunkline/core';

import { kafkaArtifact } from '../artifacts.ts';
import { ensureArtifact } from '../cache.ts';
import { classArchiveIn, withClassArchive } from '../class-archive.ts';
import { freePort, loopback } from '../ports.ts';
import { kafkaProbe } from '../probes.ts';
import { runTool } from '../run-tool.ts';
import { isController, type KafkaNode, serverProperties } from './kafka-properties.ts';
import { prepareKafkaSecurity } from './kafka-security.ts';
import { logPathOf, serverEnv, storageTools, usualRank } from './plan.ts';
import type { PartContext, PartPlan } from './plan.ts';

// Measured: 2 s for an idle broker. A longer stop would break the 10 s that Ctrl-C may take in all.
const stopGraceMs = 5_000;
const alone = ['-Xms128m', '-Xmx512m'];
// Measured, a start and 560 topics: 11 s of CPU with the first compiler alone, 18 s with both.
const quick = ['-XX:TieredStopAtLevel=1'];
// Measured: three of them in 0.6 GB, ready after 6 to 10 s.
const oneOfSeveral = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC'];
const logging = [
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
  // Every client with a config object prints 200 lines of it.
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn',
];

/** A plan per broker. Which of them decide on the cluster, too: see `isController`. */
export async function prepareKafka(context: PartContext): Promise<readonly PartPlan[]> {
  const count = context.brokers;
  if (context.kafkaProxyPort !== undefined && count > 1)
    throw new TrunklineError('config_invalid', 'a fault proxy stands in front of one broker; start one, or no proxy');
  if (context.kafkaUsers !== undefined && count > 1)
    throw new TrunklineError('config_invalid', 'a secured Kafka is one broker; start one, or in plain');
  const libraries = await ensureArtifact(kafkaArtifact, {
    ...context,
    onDownload: (detail) => context.onProgress('downloading', detail),
  });
  context.onProgress('preparing');
  const classpath = join(libraries, '*');
  const classArchive = classArchiveIn(libraries, context.java.version);
  const internal = await freePort();
  const security =
    context.kafkaUsers === undefined
      ? undefined
      : await prepareKafkaSecurity({
          dataDir: context.dataDir,
          users: context.kafkaUsers,
          internalPort: internal,
          clientPort: context.ports.kafka,
        });
  const made = await Promise.all(Array.from({ length: count }, (_, index) => nodeOf(context, index + 1)));
  const nodes = security === undefined ? made : made.map((node) => ({ ...node, internal, security: security.files }));
  await formatOnce(context, { classpath, classArchive, nodes });
  const plans = await Promise.all(nodes.map((node) => planOf(context, { classpath, classArchive, node, nodes })));
  return security === undefined ? plans : plans.map((plan) => ({ ...plan, probe: security.probe, security }));
}

async function nodeOf({ dataDir, ports, kafkaProxyPort, brokers }: PartContext, id: number): Promise<KafkaNode> {
  return {
    id,
    folder: join(dataDir, serverName(id)),
    main: id === 1 ? ports.kafka : await freePort(),
    // Never advertised to clients, so they may differ from run to run: static voters keep them out of the metadata log.
    controller: isController(id, brokers) ? await freePort() : undefined,
    proxy: kafkaProxyPort === undefined ? undefined : { bind: await freePort(), advertised: kafkaProxyPort },
  };
}

interface NodePlan {
  readonly classpath: string;
  readonly classArchive: string;
  readonly node: KafkaNode;
  readonly nodes: readonly KafkaNode[];
}

async function planOf(context: PartContext, { classpath, classArchive, node, nodes }: NodePlan): Promise<PartPlan> {
  const part = serverName(node.id);
  const propertiesPath = join(context.dataDir, `${part}.properties`);
  // It may have a password in it.
  await writeFile(propertiesPath, serverProperties(node, nodes), { mode: 0o600 });
  return {
    classArchive,
    probe: kafkaProbe({ port: node.main }),
    broker: `${loopback}:${node.main}`,
    ...(node.proxy === undefined ? {} : { proxyUpstream: `${loopback}:${node.proxy.bind}` }),
    launch: {
      part,
      command: context.java.command,
      args: [
        ...(nodes.length === 1 ? alone : oneOfSeveral),
        ...(context.isMeasured === true ? [] : quick),
        ...logging,
        '-cp',
        classpath,
        'kafka.Kafka',
        propertiesPath,
      ],
      env: serverEnv(context.env),
      cwd: context.dataDir,
      logPath: logPathOf(context.dataDir, part),
      stopSignal: 'SIGTERM',
      graceMs: stopGraceMs,
      rank: usualRank,
    },
  };
}

/** What a broker is called as a process, and its folder: the first as the part is. */
export function serverName(id: number): string {
  return id === 1 ? 'kafka' : `kafka-${id}`;
}

/**
 * Gives the nodes their cluster id, each in a folder that gets its name only when it is complete, the first node last.
 * A cluster keeps its number of nodes: one that had grown could elect controllers that know nothing of its topics.
 */
async function formatOnce(
  context: PartContext,
  { classpath, classArchive, nodes }: Omit<NodePlan, 'node'>,
): Promise<void> {
  const made = await formattedNodes(context.dataDir);
  if (made === nodes.length) return;
  if (made > 0) {
    throw new TrunklineError(
      'config_invalid',
      `the data in ${context.dataDir} is that of ${made} broker(s), ${nodes.length} are to be started: take another folder, or remove it (npm run stack:reset)`,
    );
  }
  const clusterId = newClusterId();
  const fresh = nodes.map((node) => ({ ...node, folder: `${node.folder}.new` }));
  await Promise.all(fresh.map((node) => format(context, { classpath, classArchive, clusterId, node, nodes: fresh })));
  for (const { folder } of nodes.toReversed()) {
    await rm(folder, { recursive: true, force: true });
    await rename(`${folder}.new`, folder);
  }
}

/** 0 unless all were formatted. */
async function formattedNodes(dataDir: string): Promise<number> {
  let count = 0;
  while (await exists(join(dataDir, serverName(count + 1), 'meta.properties'))) count += 1;
  return count;
}

async function format(
  context: PartContext,
  { classpath, classArchive, clusterId, node, nodes }: NodePlan & { readonly clusterId: string },
): Promise<void> {
  await rm(node.folder, { recursive: true, force: true });
  await mkdir(node.folder, { recursive: true });
  const properties = `${node.folder}.properties`;
  await writeFile(properties, serverProperties(node, nodes), { mode: 0o600 });
  const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classpath];
  const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
  // The broker's own classes, most of them. Measured: 0.9 s of CPU with the archive, 1.3 s without.
  const { args } = await withClassArchive({ args: [...jvm, ...tool] }, classArchive);
  const result = await runTool(context.java.command, args, {
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
