/** The cache of downloads: one folder per artifact that is either absent or complete and verified. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { foreignCode, TrunklineError } from '@trunkline/core';

import type { Artifact } from './artifacts.ts';
import { withLock } from './lock.ts';
import { fetchWithMaven } from './maven.ts';

export interface CacheOptions {
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  readonly onDownload?: (detail: string) => void;
}

const manifestName = '.manifest.json';
// 135 MB at 1 Mbit/s are 18 minutes; slower than that is better said than waited for.
const downloadDeadlineMs = 20 * 60_000;

interface Manifest {
  readonly digest: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** True when the artifact needs no download: every file is there with its size. The bytes were verified when it came. */
export async function isCached(artifact: Artifact, cacheDir: string): Promise<boolean> {
  const folder = join(cacheDir, artifact.folder);
  try {
    // Written by us in the step that made the folder visible.
    const manifest = JSON.parse(await readFile(join(folder, manifestName), 'utf8')) as Manifest;
    if (manifest.digest !== artifact.digest) return false;
    const sizes = await Promise.all(
      manifest.files.map(async (file) => (await stat(join(folder, file.path))).size === file.bytes),
    );
    return sizes.every(Boolean);
  } catch (error) {
    if (foreignCode(error) === 'ENOENT' || error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The folder of the artifact, downloaded first when it is not there yet. Any number of processes may ask at once. */
export async function ensureArtifact(artifact: Artifact, options: CacheOptions): Promise<string> {
  const folder = join(options.cacheDir, artifact.folder);
  if (await isCached(artifact, options.cacheDir)) return folder;
  // One lock for all artifacts: two Mavens writing one local repository can damage it.
  const lock = {
    path: join(options.cacheDir, 'download.lock'),
    deadlineMs: downloadDeadlineMs,
    signal: options.signal,
    onWait: () => options.onDownload?.('waiting for another download'),
  };
  await withLock(lock, async () => {
    if (await isCached(artifact, options.cacheDir)) return;
    options.onDownload?.(`downloading ${artifact.title} (${artifact.megabytes} MB)`);
    await download(artifact, { ...options, folder });
  });
  return folder;
}

async function download(artifact: Artifact, options: CacheOptions & { readonly folder: string }): Promise<void> {
  const partial = join(options.cacheDir, 'partial');
  // We hold the lock, so whatever lies here was left by a process that died.
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const temporary = await mkdtemp(join(partial, `${artifact.folder}-`));
  try {
    await fetchWithMaven(artifact, { ...options, folder: temporary, deadlineMs: downloadDeadlineMs });
    const manifest = await describeFolder(temporary);
    if (manifest.digest !== artifact.digest) {
      throw new TrunklineError(
        'dependency_unavailable',
        `${artifact.title} was downloaded but its content is not the expected one (digest ${manifest.digest.slice(0, 12)}…, ` +
          `expected ${artifact.digest.slice(0, 12)}…): nothing was installed; check which repository Maven uses`,
      );
    }
    await writeFile(join(temporary, manifestName), JSON.stringify(manifest));
    await rm(options.folder, { recursive: true, force: true });
    await rename(temporary, options.folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Sizes and the digest that `Artifact.digest` is compared with. */
export async function describeFolder(folder: string): Promise<Manifest> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
  const digest = createHash('sha256');
  const files: { path: string; bytes: number }[] = [];
  for (const path of paths) {
    digest.update(`${await hashFile(join(folder, path))}  ${path}\n`);
    files.push({ path, bytes: (await stat(join(folder, path))).size });
  }
  return { digest: digest.digest('hex'), files };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
