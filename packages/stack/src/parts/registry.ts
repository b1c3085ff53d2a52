/** Apicurio Registry. Its schemas live in the embedded PostgreSQL: an in-memory registry would forget the ids that Kafka's records carry. */
import { join } from 'node:path';

import { registryArtifact } from '../artifacts.ts';
import { ensureArtifact } from '../cache.ts';
import { classArchiveIn } from '../class-archive.ts';
import { loopback } from '../ports.ts';
import { httpProbe } from '../probes.ts';
import { logPathOf, serverEnv, usualRank } from './plan.ts';
import type { PartContext, PartPlan } from './plan.ts';
import { readPostgresSecrets, registryDatabase } from './postgres-secrets.ts';

const stopGraceMs = 3_000;

/** The Confluent-compatible API of a registry on this port. */
export function registryUrlOf(port: number): string {
  return `http://${loopback}:${port}/apis/ccompat/v7`;
}

/** PostgreSQL must be prepared before: it makes the database and the password. */
export async function prepareRegistry(context: PartContext): Promise<PartPlan> {
  const folder = await ensureArtifact(registryArtifact, {
    ...context,
    onDownload: (detail) => context.onProgress('downloading', detail),
  });
  const secrets = await readPostgresSecrets(context.dataDir);
  const env = serverEnv(context.env, {
    QUARKUS_HTTP_HOST: loopback,
    QUARKUS_HTTP_PORT: String(context.ports.registry),
    APICURIO_STORAGE_KIND: 'sql',
    APICURIO_STORAGE_SQL_KIND: 'postgresql',
    APICURIO_DATASOURCE_URL: `jdbc:postgresql://${loopback}:${context.ports.postgres}/${registryDatabase}`,
    APICURIO_DATASOURCE_USERNAME: registryDatabase,
    APICURIO_DATASOURCE_PASSWORD: secrets.registryPassword,
    // Twenty by default, of which none is looked at before it is used: after the end of PostgreSQL each fails a request.
    APICURIO_DATASOURCE_JDBC_INITIAL_SIZE: '2',
    APICURIO_DATASOURCE_JDBC_MIN_SIZE: '2',
  });
  const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  return {
    probe: httpProbe(`${registryUrlOf(context.ports.registry)}/subjects`),
    classArchive: classArchiveIn(folder, context.java.version),
    launch: {
      part: 'registry',
      command: context.java.command,
      args: [...jvm, '-jar', join(folder, 'apicurio-registry-app-3.0.9-runner.jar')],
      env,
      cwd: context.dataDir,
      logPath: logPathOf(context.dataDir, 'registry'),
      stopSignal: 'SIGTERM',
      graceMs: stopGraceMs,
      rank: usualRank,
    },
  };
}
