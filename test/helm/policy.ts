import {
  type Container,
  containersOf,
  type Labels,
  ofKind,
  type Manifest,
  selects,
  type Workload,
} from './manifests.ts';

/** What no workload of the chart may be without; each line is one sentence with the place. Empty: all is well. */
export function violations(workload: Workload): readonly string[] {
  const { pod } = workload;
  const context = pod.securityContext ?? {};
  const wrong = [
    [pod.automountServiceAccountToken === false, 'a token of the service account is mounted'],
    [pod.enableServiceLinks === false, 'the services of the namespace are in its environment'],
    [context['runAsNonRoot'] === true, 'it may run as root'],
    [context['runAsUser'] === imageUser, `it does not run as the user of the image, ${imageUser}`],
    [context['runAsGroup'] === imageUser, `it does not run as the group of the image, ${imageUser}`],
    [isDefaultSeccomp(context['seccompProfile']), 'it may make every system call'],
    [
      pod.volumes.every(({ emptyDir }) => emptyDir === undefined || emptyDir.sizeLimit !== undefined),
      'a scratch volume has no limit',
    ],
    [pod.containers.every(hasScratch), 'it has nowhere to write to'],
  ] as const;
  return [
    ...wrong.flatMap(([isRight, what]) => (isRight ? [] : [`${workload.name}: ${what}`])),
    ...containersOf(workload).flatMap((container) => containerViolations(workload, container)),
  ];
}

/** `USER` of the Dockerfile. */
const imageUser = 1000;

function containerViolations({ kind, name }: Workload, container: Container): readonly string[] {
  const { securityContext = {}, resources } = container;
  const limit = resources?.limits?.['memory'];
  const isServing = kind === 'Deployment';
  const wrong = [
    [securityContext['allowPrivilegeEscalation'] === false, 'it may gain privileges'],
    [securityContext['readOnlyRootFilesystem'] === true, 'it may write into its image'],
    [securityContext['privileged'] === false, 'it may be privileged'],
    [dropsAll(securityContext['capabilities']), 'it keeps capabilities'],
    [limit !== undefined, 'its memory has no limit'],
    [resources?.requests?.['memory'] === limit, 'it is not promised the memory that it may take'],
    [resources?.requests?.['cpu'] !== undefined, 'it asks for no processor'],
    [!isServing || container.startupProbe?.httpGet.path === '/livez', 'nobody asks whether it is up'],
    [!isServing || container.livenessProbe?.httpGet.path === '/livez', 'nobody asks whether it lives'],
    [!isServing || container.readinessProbe?.httpGet.path === '/readyz', 'nobody asks whether it takes work'],
    [!isServing || container.lifecycle !== undefined, 'it is stopped before others know'],
  ] as const;
  return wrong.flatMap(([isRight, what]) => (isRight ? [] : [`${name}/${container.name}: ${what}`]));
}

function isDefaultSeccomp(profile: unknown): boolean {
  return JSON.stringify(profile) === JSON.stringify({ type: 'RuntimeDefault' });
}

function dropsAll(capabilities: unknown): boolean {
  return JSON.stringify(capabilities) === JSON.stringify({ drop: ['ALL'] });
}

function hasScratch({ volumeMounts }: Container): boolean {
  return volumeMounts.some(({ mountPath, readOnly }) => mountPath === '/tmp' && readOnly !== true);
}

/** Workloads that no policy keeps apart: such of their own that allow something, and the one that allows nothing. */
export function uncovered(manifests: readonly Manifest[], workloads: readonly Workload[]): readonly string[] {
  const policies = ofKind(manifests, 'NetworkPolicy').filter(({ spec }) =>
    ['Ingress', 'Egress'].every((type) => (spec['policyTypes'] as readonly string[]).includes(type)),
  );
  const covering = (labels: Labels): readonly Manifest[] =>
    policies.filter(({ spec }) => {
      const { matchLabels } = spec['podSelector'] as { readonly matchLabels: Labels };
      return selects(matchLabels, labels);
    });
  return workloads.filter(({ podLabels }) => covering(podLabels).length < 2).map(({ name }) => name);
}
