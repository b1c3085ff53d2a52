/** A container of a pod as `docker run` starts it: what a kubelet does with the parts of a manifest that the chart uses. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Container, PodSpec, Volume } from '../helm/manifests.ts';

/** What a cluster gives a pod, and here this machine does. */
export interface Cluster {
  /** In the place of the image that the render names. */
  readonly image: string;
  /** A key of whichever Secret. */
  secretOf(key: string): string;
  /** The files of every ConfigMap. */
  readonly configFiles: Readonly<Record<string, string>>;
  /** What names a server or a port, and is another one here; a variable that the container is not told stays untold. */
  readonly environment: Readonly<Record<string, string>>;
  /** Beside what the container is told. */
  readonly added: Readonly<Record<string, string>>;
  /** Where the files of its volumes are written. */
  readonly folder: string;
}

/** Arguments of `docker run`, the name of the container left out. In the network of the host, where the servers are. */
export function runArguments(pod: PodSpec, container: Container, cluster: Cluster): readonly string[] {
  const { runAsUser, runAsGroup, fsGroup } = pod.securityContext ?? {};
  const { memory } = container.resources?.limits ?? {};
  return [
    '--network=host',
    `--user=${String(runAsUser)}:${String(runAsGroup)}`,
    `--group-add=${String(fsGroup)}`,
    ...securityArguments(container),
    // No swap: as in a pod, the limit is one.
    `--memory=${bytesOf(memory)}`,
    `--memory-swap=${bytesOf(memory)}`,
    ...container.volumeMounts.flatMap((mount) => mountArguments(pod, mount, cluster)),
    ...environmentOf(container, cluster).map(([name, value]) => `--env=${name}=${value}`),
    ...(container.command === undefined ? [] : [`--entrypoint=${container.command.join(' ')}`]),
    cluster.image,
    ...container.args,
  ];
}

function securityArguments({ securityContext = {} }: Container): readonly string[] {
  const { drop } = securityContext['capabilities'] as { readonly drop: readonly string[] };
  return [
    ...(securityContext['readOnlyRootFilesystem'] === true ? ['--read-only'] : []),
    ...(securityContext['allowPrivilegeEscalation'] === false ? ['--security-opt=no-new-privileges'] : []),
    ...drop.map((capability) => `--cap-drop=${capability}`),
  ];
}

function mountArguments(pod: PodSpec, mount: Container['volumeMounts'][number], cluster: Cluster): readonly string[] {
  const volume = pod.volumes.find(({ name }) => name === mount.name);
  if (volume === undefined) throw new Error(`the pod has no volume ${mount.name}`);
  const size = volume.emptyDir?.sizeLimit;
  if (size !== undefined) return [`--tmpfs=${mount.mountPath}:size=${bytesOf(size)},mode=0777`];
  const folder = join(cluster.folder, mount.name);
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of filesOf(volume, cluster)) writeFileSync(join(folder, path), content, { mode: 0o444 });
  return [`--volume=${folder}:${mount.mountPath}:ro`];
}

function filesOf(volume: Volume, cluster: Cluster): readonly (readonly [path: string, content: string])[] {
  if (volume.configMap !== undefined) return Object.entries(cluster.configFiles);
  const items = volume.projected?.sources.flatMap(({ secret }) => secret.items);
  if (items === undefined) throw new Error(`no files are known of the volume ${volume.name}`);
  return items.map(({ key, path }) => [path, cluster.secretOf(key)]);
}

function environmentOf(container: Container, cluster: Cluster): readonly (readonly [name: string, value: string])[] {
  const told = container.env.map(({ name, value, valueFrom }) => {
    // The one field that the chart refers to is the name of the pod.
    const given = valueFrom === undefined ? (value ?? '') : `${container.name}-0`;
    return [name, cluster.environment[name] ?? given] as const;
  });
  return [...told, ...Object.entries(cluster.added)];
}

/** `512Mi` as bytes. */
function bytesOf(quantity: unknown): number {
  const [, count, unit] = /^(\d+)(Mi|Gi)$/.exec(String(quantity)) ?? [];
  if (count === undefined) throw new Error(`${String(quantity)} is no quantity of memory that is known here`);
  return Number(count) * (unit === 'Gi' ? 2 ** 30 : 2 ** 20);
}
