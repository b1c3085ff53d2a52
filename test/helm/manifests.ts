/** The checked-in renders of the chart, as far as the tests look at them. */
import { readFileSync } from 'node:fs';

import { parseAllDocuments } from 'yaml';

import { renderFile } from './helm.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Labels; readonly annotations?: Labels };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data?: Labels;
}

export interface EnvVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly EnvVariable[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, unknown>>;
    readonly limits?: Readonly<Record<string, unknown>>;
  };
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string };
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
  readonly projected?: {
    readonly sources: readonly {
      readonly secret: {
        readonly name: string;
        readonly items: readonly { readonly key: string; readonly path: string }[];
      };
    }[];
  };
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
}

/** Something that runs pods. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly component: string;
  readonly podLabels: Labels;
  readonly pod: PodSpec;
}

/** Read once; nobody changes them. */
export function manifestsOf(set: string): readonly Manifest[] {
  const known = read.get(set);
  if (known !== undefined) return known;
  const manifests = manifestsIn(readFileSync(renderFile(set), 'utf8'));
  read.set(set, manifests);
  return manifests;
}

/** What `helm template` wrote. */
export function manifestsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    // What Helm writes of a template that makes nothing is an empty document; the shape of others is checked by schemas.
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

const read = new Map<string, readonly Manifest[]>();

export function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

export function workloadsOf(manifests: readonly Manifest[]): readonly Workload[] {
  return manifests.flatMap((manifest) => {
    const { kind, metadata, spec } = manifest;
    const own = { kind, name: metadata.name, component: metadata.labels['app.kubernetes.io/component'] ?? '' };
    // By the API's schema, which kubernetes.test.ts checks each against.
    if (kind === 'Pod') return [{ ...own, podLabels: metadata.labels, pod: spec as unknown as PodSpec }];
    if (kind !== 'Deployment' && kind !== 'Job') return [];
    const { template } = spec as {
      readonly template: { readonly metadata: Manifest['metadata']; readonly spec: PodSpec };
    };
    return [{ ...own, podLabels: template.metadata.labels, pod: template.spec }];
  });
}

export function containersOf({ pod }: Pick<Workload, 'pod'>): readonly Container[] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

/** The keys of Secrets that a pod mounts, as `<secret>/<key>`, by the path of the file. */
export function secretFiles({ pod }: Workload): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { name, projected } of pod.volumes) {
    const mount = pod.containers[0]?.volumeMounts.find((one) => one.name === name)?.mountPath ?? '';
    for (const { secret } of projected?.sources ?? [])
      for (const { key, path } of secret.items) files.set(`${mount}/${path}`, `${secret.name}/${key}`);
  }
  return files;
}

/** Whether a selector of a policy, a budget or a service finds a pod. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
