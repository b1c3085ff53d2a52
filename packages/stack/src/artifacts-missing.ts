import { kafkaArtifact, redisArtifact, registryArtifact, zipkinArtifact } from './artifacts.ts';
import type { Artifact } from './artifacts.ts';
import { isCached } from './cache.ts';
import type { Env } from './config.ts';
import { findOnPath } from './parts/redis.ts';
import type { StackPart } from './types.ts';

/** What would have to be downloaded for these parts. */
export async function missingArtifacts(
  parts: readonly StackPart[],
  options: { readonly env: Env; readonly cacheDir: string },
): Promise<Artifact[]> {
  const needed: Artifact[] = [];
  if (parts.includes('kafka')) needed.push(kafkaArtifact);
  if (parts.includes('registry')) needed.push(registryArtifact);
  if (parts.includes('zipkin')) needed.push(zipkinArtifact);
  const ownRedis = await findOnPath('redis-server', options.env['PATH'] ?? '');
  if (parts.includes('redis') && ownRedis === undefined) needed.push(redisArtifact().artifact);
  const cached = await Promise.all(needed.map(async (artifact) => await isCached(artifact, options.cacheDir)));
  return needed.filter((_, index) => !cached[index]);
}
