/** Holds every workload of every render to the rules of policy.ts, and proves that each rule bites. */
import { describe, expect, it } from 'vitest';

import { valueSets } from './helm.ts';
import { manifestsOf, ofKind, type Workload, workloadsOf } from './manifests.ts';
import { uncovered, violations } from './policy.ts';

describe.each(valueSets)('the render %s', (set) => {
  const manifests = manifestsOf(set);
  const workloads = workloadsOf(manifests);

  it('has no workload that may do more than it has to', () => {
    expect(workloads.flatMap(violations)).toEqual([]);
    expect(workloads.length).toBeGreaterThan(2);
  });
});

const apart = valueSets.filter((set) => ofKind(manifestsOf(set), 'NetworkPolicy').length > 0);

describe.each(apart)('the render %s with policies', (set) => {
  it('keeps each workload apart from whoever is not named', () => {
    expect(uncovered(manifestsOf(set), workloadsOf(manifestsOf(set)))).toEqual([]);
    expect(apart.length).toBeGreaterThan(2);
  });
});

/** What may be missing one day, by its path in a pod. */
const lines = [
  'automountServiceAccountToken',
  'enableServiceLinks',
  'securityContext',
  'securityContext.runAsNonRoot',
  'securityContext.runAsUser',
  'securityContext.runAsGroup',
  'securityContext.seccompProfile',
  'containers.0.securityContext',
  'containers.0.securityContext.allowPrivilegeEscalation',
  'containers.0.securityContext.readOnlyRootFilesystem',
  'containers.0.securityContext.privileged',
  'containers.0.securityContext.capabilities',
  'containers.0.securityContext.capabilities.drop.0',
  'containers.0.resources',
  'containers.0.resources.limits.memory',
  'containers.0.resources.requests.memory',
  'containers.0.resources.requests.cpu',
  'containers.0.startupProbe',
  'containers.0.livenessProbe',
  'containers.0.readinessProbe',
  'containers.0.lifecycle',
  'containers.0.volumeMounts.0',
  'volumes.0.emptyDir.sizeLimit',
];

describe('the policy', () => {
  const [deployment] = workloadsOf(manifestsOf('minimal')).filter(({ kind }) => kind === 'Deployment');

  it.each(lines)('is red without the line %s', (path) => {
    expect(deployment === undefined ? [] : violations(without(deployment, path))).not.toEqual([]);
  });

  it('is red for a step of provision without its lines, too', () => {
    const [job] = workloadsOf(manifestsOf('minimal')).filter(({ kind }) => kind === 'Job');

    expect(job === undefined ? [] : violations(without(job, 'initContainers.0.securityContext'))).not.toEqual([]);
  });

  it('is red for a workload that no policy selects', () => {
    const manifests = manifestsOf('minimal');
    const others = manifests.filter(
      ({ kind, metadata }) => kind !== 'NetworkPolicy' || !metadata.name.endsWith('-crm'),
    );

    expect(uncovered(others, workloadsOf(others))).toEqual(['trunkline-crm']);
  });
});

function without(workload: Workload, path: string): Workload {
  const changed = structuredClone(workload);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  // A clone is nobody else's, so it may be changed.
  const place = keys.reduce<Record<string, unknown>>(
    (at, key) => at[key] as Record<string, unknown>,
    changed.pod as unknown as Record<string, unknown>,
  );
  expect(place).toHaveProperty(last);
  delete place[last];
  return changed;
}
