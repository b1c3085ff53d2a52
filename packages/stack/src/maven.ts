/** Downloads with the user's own Maven, so that its mirrors, proxies and credentials apply. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { TrunklineError } from '@trunkline/core';

import type { Artifact, Recipe } from './artifacts.ts';
import { runTool } from './run-tool.ts';

export interface FetchOptions {
  /** Existing, empty folder that receives the files. */
  readonly folder: string;
  readonly deadlineMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

// 3.9.0 reads an artifact without its parent POM, which some repositories lack for Apicurio; 3.6 does not.
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0';
// Quiet, never asks, and refuses an artifact whose checksum differs from the repository's.
const commonArgs = ['--batch-mode', '--quiet', '--no-transfer-progress', '--strict-checksums', '-Dstyle.color=never'];
const shownErrorLines = 3;

/** Fills the folder with the artifact's files. */
export async function fetchWithMaven(artifact: Artifact, options: FetchOptions): Promise<void> {
  const workFolder = dirname(options.folder);
  const args = [...commonArgs, ...(await goalOf(artifact.recipe, options.folder, workFolder))];
  const result = await runTool('mvn', args, { ...options, cwd: workFolder });
  if (result.exitCode === 0) return;
  const reason = result.output
    .split('\n')
    .filter((line) => line.startsWith('[ERROR]'))
    .slice(0, shownErrorLines)
    .join(' ');
  throw new TrunklineError(
    'dependency_unavailable',
    `Maven could not download ${artifact.title}: ${reason === '' ? result.output.slice(-500).trim() : reason}`,
  );
}

async function goalOf(recipe: Recipe, folder: string, workFolder: string): Promise<string[]> {
  switch (recipe.kind) {
    case 'classpath': {
      const pom = join(workFolder, 'pom.xml');
      await writeFile(pom, pomFor(recipe.coordinates));
      return ['-f', pom, `${plugin}:copy-dependencies`, `-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
    }
    case 'file':
      return [`${plugin}:copy`, `-Dartifact=${recipe.coordinates}`, `-DoutputDirectory=${folder}`];
    case 'archive':
      return [
        `${plugin}:unpack`,
        `-Dartifact=${recipe.coordinates}`,
        `-DoutputDirectory=${folder}`,
        ...(recipe.pattern === undefined ? [] : [`-Dmdep.unpack.includes=${recipe.pattern}`]),
      ];
    default:
      return recipe satisfies never;
  }
}

/** A project whose only purpose is to have these dependencies. */
function pomFor(coordinates: readonly string[]): string {
  const dependencies = coordinates.map((coordinate) => {
    const [group, name, version] = coordinate.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>trunkline</groupId><artifactId>stack</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`;
}
