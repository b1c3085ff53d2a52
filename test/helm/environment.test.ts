/** Starts nothing, and reads the environment of each pod as its process would: with the files that its Secrets would be. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { readEnvironment, runtimeConfig } from '@trunkline/runtime';
import { createAuthority } from '@trunkline/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { configOf } from '../../scripts/variables/variables.ts';
import { valueSets } from './helm.ts';
import { manifestsOf, secretFiles, type Workload, workloadsOf } from './manifests.ts';

/** Where the paths of a pod are on this machine. */
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-pod-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(valueSets)('a pod of %s', (set) => {
  const deployments = workloadsOf(manifestsOf(set)).filter(({ kind }) => kind === 'Deployment');

  it.each(deployments.map(({ component }) => component))(
    '%s is told all that it needs, and no nonsense',
    async (component) => {
      const pod = deployments.find((one) => one.component === component);
      const environment = pod === undefined ? {} : environmentOf(pod, join(folder, set, component));

      const problems = [await configOf(component), runtimeConfig].flatMap((schema) => {
        const reading = readEnvironment(schema, environment);
        return reading.ok ? [] : reading.problems;
      });

      expect(problems).toEqual([]);
      expect(Object.keys(environment)).toContain('NODE_ENV');
    },
  );
});

const authority = createAuthority('a test').certificate;

/** As the kubelet would make it, below a folder of this machine. */
function environmentOf(workload: Workload, root: string): Readonly<Record<string, string>> {
  for (const file of secretFiles(workload).keys()) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), `${contentOf(basename(file))}\n`);
  }
  const told = (workload.pod.containers[0]?.env ?? []).map(({ name, value = workload.name }) => [
    name,
    value.replaceAll('/etc/trunkline/', `${root}/etc/trunkline/`),
  ]);
  // The Dockerfile sets it.
  return { ...Object.fromEntries(told), NODE_ENV: 'production' };
}

/** What docs/how-to/deploy.md says of the key. */
function contentOf(file: string): string {
  if (file.endsWith('.crt')) return authority;
  if (file === 'database-url') return 'postgres://trunkline:secret@postgres:5432/trunkline';
  if (file === 'redis-url') return 'rediss://:secret@redis:6380';
  return 'ab'.repeat(32);
}
