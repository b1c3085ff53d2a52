/** Zipkin: the trace store and its UI. It keeps traces in memory; a restart forgets them. */
import { join } from 'node:path';

import { zipkinArtifact } from '../artifacts.ts';
import { ensureArtifact } from '../cache.ts';
import { classArchiveIn } from '../class-archive.ts';
import { loopback } from '../ports.ts';
import { httpProbe } from '../probes.ts';
import { logPathOf, serverEnv, usualRank } from './plan.ts';
import type { PartContext, PartPlan } from './plan.ts';

// Nothing is lost by killing it: it has no storage.
const stopGraceMs = 2_000;
// About 400 bytes a span in a 256 MB heap leaves ample room; the default of 500,000 does not.
const maxSpans = 200_000;

export async function prepareZipkin(context: PartContext): Promise<PartPlan> {
  const folder = await ensureArtifact(zipkinArtifact, {
    ...context,
    onDownload: (detail) => context.onProgress('downloading', detail),
  });
  const port = context.ports.zipkin;
  const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const listen = [
    `--armeria.ports[0].port=${port}`,
    `--armeria.ports[0].ip=${loopback}`,
    '--armeria.ports[0].protocols=http',
  ];
  return {
    probe: httpProbe(`http://${loopback}:${port}/health`),
    classArchive: classArchiveIn(folder, context.java.version),
    launch: {
      part: 'zipkin',
      command: context.java.command,
      args: [...jvm, '-jar', join(folder, 'zipkin-server-3.6.1-exec.jar'), ...listen],
      env: serverEnv(context.env, {
        STORAGE_TYPE: 'mem',
        MEM_MAX_SPANS: String(maxSpans),
        SELF_TRACING_ENABLED: 'false',
      }),
      cwd: context.dataDir,
      logPath: logPathOf(context.dataDir, 'zipkin'),
      stopSignal: 'SIGTERM',
      graceMs: stopGraceMs,
      rank: usualRank,
    },
  };
}
