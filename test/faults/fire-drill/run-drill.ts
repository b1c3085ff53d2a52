/** Runs a drill: a real Prometheus asks the rule, with its times divided, while the fault is on and after it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from '@trunkline/installation';

import { alerts } from '../../../scripts/observability/alerts.ts';
import { type PrometheusServer, startPrometheus } from '../../prometheus/prometheus.ts';
import type { Drill, DrillSite } from './drill.ts';
import { scaledRule } from './scaled-rule.ts';

export interface DrillOutcome {
  readonly alert: string;
  readonly row: string | undefined;
  readonly fault: string;
  readonly faster: number;
  readonly firedAfterSeconds: number;
  readonly clearedAfterSeconds: number;
}

const seenDeadlineMs = 180_000;
const firesDeadlineMs = 180_000;
const clearsDeadlineMs = 240_000;

/** Rejects when the alert fires before the fault, does not fire while it is on, or does not clear after it. */
export async function runDrill(name: string, drill: Drill, site: Omit<DrillSite, 'endWith'>): Promise<DrillOutcome> {
  const alert = alerts.get(name);
  if (alert === undefined) throw new RangeError(`there is no alert ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-fire-drill-'));
  const ruleFile = join(folder, 'rule.yaml');
  // JSON is YAML.
  writeFileSync(ruleFile, JSON.stringify({ groups: [{ name: 'drill', rules: [scaledRule(name, alert, drill)] }] }));
  const closers: (() => Promise<void>)[] = [];
  let prometheus: PrometheusServer | undefined;
  try {
    const prepared = await drill.prepare({ ...site, endWith: (close) => closers.push(close) });
    const server = await startPrometheus({ targets: prepared.targets, ruleFiles: [ruleFile] });
    prometheus = server;
    const fires = async (): Promise<boolean> =>
      (await server.query(`ALERTS{alertname="${name}",alertstate="firing",${drill.labels ?? ''}}`)).length > 0;
    await until(`${name}: ${prepared.seen}`, async () => (await server.query(prepared.seen)).length > 0, {
      deadlineMs: seenDeadlineMs,
      everyMs: 500,
    });
    if (await fires()) throw new Error(`${name} fires although nothing is wrong`);
    const firedAfterSeconds = await secondsUntil(`${name} fires`, {
      act: () => prepared.begin(),
      look: fires,
      deadlineMs: firesDeadlineMs,
    });
    const clearedAfterSeconds = await secondsUntil(`${name} clears`, {
      act: () => prepared.end(),
      look: async () => !(await fires()),
      deadlineMs: clearsDeadlineMs,
    });
    const { row, fault, faster } = drill;
    return { alert: name, row, fault, faster, firedAfterSeconds, clearedAfterSeconds };
  } finally {
    await prometheus?.stop();
    // What was opened last ends first.
    for (const close of closers.toReversed()) await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function secondsUntil(
  what: string,
  given: { readonly act: () => Promise<void>; readonly look: () => Promise<boolean>; readonly deadlineMs: number },
): Promise<number> {
  const startedAt = performance.now();
  await given.act();
  await until(what, given.look, { deadlineMs: given.deadlineMs, everyMs: 500 });
  return Math.round((performance.now() - startedAt) / 1_000);
}
