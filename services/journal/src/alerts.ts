import { type Alert, type AlertLook, alertLimits } from '@trunkline/consumer';
import { type CauseNews, type LetterGroup, readCauseNews, readStoppedJobs, type StoppedJob } from '@trunkline/journal';
import { nameAllTenantsSql, nameOwnTenantsSql } from '@trunkline/postgres';

/**
 * What operators are told of dead letters: a cause that is new or back, one that grows, and a job that stopped by itself.
 * Of all tenants: whoever runs the installation mends causes, whose letters may be anybody's. Ids, counts and codes alone.
 */
export function alertsOf(groups: readonly LetterGroup[]): AlertLook {
  return async (tx) => {
    await tx.query(nameAllTenantsSql);
    const found: Alert[] = (await readStoppedJobs(tx, alertLimits.mostAlerts)).map(jobAlertOf);
    for (const group of groups) {
      // A cause is two alerts at most.
      const limit = Math.floor((alertLimits.mostAlerts - found.length) / 2);
      found.push(...(await readCauseNews(tx, { group, limit })).flatMap((news) => causeAlertsOf(group.name, news)));
    }
    await tx.query(nameOwnTenantsSql);
    return found;
  };
}

function jobAlertOf({ id, about, ending }: StoppedJob): Alert {
  return { template: 'operator_job_stopped', subject: id, parameters: { job: id, about, ending } };
}

function causeAlertsOf(group: string, news: CauseNews): readonly Alert[] {
  const { cause, code, open, ofLastHour, firstDiedAtMs, grows } = news;
  const shared = { group, cause, reason: code ?? news.class ?? null };
  const alert: Alert = {
    template: 'operator_dead_letters',
    subject: `${group}/${cause}`,
    parameters: { ...shared, count: open },
  };
  if (!grows) return [alert];
  const firstAt = new Date(firstDiedAtMs).toISOString();
  const growing: Alert = {
    template: 'operator_dead_letters_grow',
    subject: `${group}/${cause}`,
    parameters: { ...shared, count: ofLastHour, firstAt },
  };
  return [alert, growing];
}
