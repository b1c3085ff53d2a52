import type { CheckResult, Readiness } from '../health.ts';

/** What is known of one place for a worker; `readiness` is undefined until a process in it has said something. */
export interface WorkerStanding {
  readonly number: number;
  readonly readiness: Readiness | undefined;
}

/**
 * Whether a service of several workers takes work: one that runs is needed, and all that run must be ready, since a
 * connection may come to any of them. One that is being started has no connections, and takes nothing from the others.
 */
export function readinessOfAll(workers: readonly WorkerStanding[], isStopping: boolean): Readiness {
  const running = workers.filter(({ readiness }) => readiness?.phase === 'running');
  const missing = workers.length - running.length;
  const told: CheckResult =
    missing === 0 ? { ok: true } : { ok: true, detail: `${missing} of ${workers.length} are not running` };
  const asked = running.length > 0 ? running : workers;
  return {
    ready: !isStopping && running.length > 0 && running.every(({ readiness }) => readiness?.ready === true),
    phase: isStopping ? 'stopping' : running.length > 0 ? 'running' : 'starting',
    checks: { workers: told, ...checksOf(asked) },
  };
}

/** Each check as the first worker says it that has trouble with it. */
function checksOf(workers: readonly WorkerStanding[]): Record<string, CheckResult> {
  const checks: Record<string, CheckResult> = {};
  for (const { number, readiness } of workers) {
    for (const [name, result] of Object.entries(readiness?.checks ?? {})) {
      if (checks[name]?.ok === false) continue;
      if (result.ok) checks[name] ??= result;
      else checks[name] = { ...result, detail: `worker ${number}: ${result.detail ?? 'not ready'}` };
    }
  }
  return checks;
}
