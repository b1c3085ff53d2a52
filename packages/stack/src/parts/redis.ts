/** Redis: the first filter against duplicates. It keeps nothing on disk, because losing it costs speed and never correctness. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { redisArtifact } from '../artifacts.ts';
import { ensureArtifact } from '../cache.ts';
import { loopback } from '../ports.ts';
import { redisProbe } from '../probes.ts';
import { logPathOf, serverEnv, usualRank } from './plan.ts';
import type { PartContext, PartPlan } from './plan.ts';
import { writeRedisConfig } from './redis-password.ts';

const stopGraceMs = 2_000;

export async function prepareRedis(context: PartContext): Promise<PartPlan> {
  const command = (await findOnPath('redis-server', context.env['PATH'] ?? '')) ?? (await downloaded(context));
  const configFile = await writeRedisConfig(context.dataDir);
  const settings: Record<string, string> = {
    port: String(context.ports.redis),
    bind: loopback,
    save: '',
    appendonly: 'no',
    maxmemory: '128mb',
    // Markers go by their time to live. A Redis that is full refuses more, and the consumers go on without it.
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  };
  return {
    probe: redisProbe({ port: context.ports.redis }),
    launch: {
      part: 'redis',
      command,
      args: [configFile, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
      env: serverEnv(context.env),
      cwd: context.dataDir,
      logPath: logPathOf(context.dataDir, 'redis'),
      stopSignal: 'SIGTERM',
      graceMs: stopGraceMs,
      rank: usualRank,
    },
  };
}

/** The first executable of this name on a PATH. */
export async function findOnPath(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    const candidate = join(folder, name);
    const executable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return candidate;
  }
  return undefined;
}

async function downloaded(context: PartContext): Promise<string> {
  const { artifact, file } = redisArtifact();
  const folder = await ensureArtifact(artifact, {
    ...context,
    onDownload: (detail) => context.onProgress('downloading', detail),
  });
  return join(folder, file);
}
