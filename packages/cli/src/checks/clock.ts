import { failed, groups, ok, skipped, warning } from '@trunkline/operations';
import { getAnswer } from '@trunkline/operations/http';
import { formatAge } from '@trunkline/operations/units';

import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { serviceAddresses } from '../service-addresses.ts';
import type { CommandCheck } from './command-check.ts';

/** Signatures carry times, and providers' tolerances begin at this. */
const refusedMs = 5 * 60_000;
/** More than a synchronised clock is ever off. */
const worryingMs = 2_000;
/** A Date header has whole seconds: its time was up to a second later. */
const dateHeaderMs = 1_000;

/** Another clock, as seen from here. */
interface Reading {
  readonly who: string;
  /** Our time less theirs. */
  readonly aheadMs: number;
  /** How far that may be wrong. */
  readonly errorMs: number;
}

/**
 * This machine's clock against those of Postgres, the registry and the services. Where all of them say the same it is
 * ours that is wrong. Retries wait by the broker's clock, which tells its time to nobody who does not write.
 */
export const clock: CommandCheck = {
  name: 'clock',
  requires: [],
  async run(context, signal) {
    const readings = await readClocks(context, signal);
    const wrong = readings.filter((reading) => offMs(reading) > worryingMs);
    if (readings.length === 0) return skipped('no other clock to compare with answers');
    if (wrong.length === 0) return ok(`in step with ${readings.map(({ who }) => who).join(', ')}`);
    const text = wrong.map(
      ({ who, aheadMs }) => `${formatAge(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} ${who}`,
    );
    const ours = readings.length > 1 && wrong.length === readings.length;
    const fix = ours
      ? 'set this machine right by NTP (timedatectl set-ntp true); its ingress would refuse signatures as stale'
      : `synchronise this machine and that of ${wrong.map(({ who }) => who).join(', ')} by NTP (timedatectl set-ntp true)`;
    const worst = Math.max(...wrong.map(offMs));
    return (worst > refusedMs ? failed : warning)(`this clock is ${text.join(', ')}`, fix);
  },
};

function offMs({ aheadMs, errorMs }: Reading): number {
  return Math.max(0, Math.abs(aheadMs) - errorMs);
}

/** A clock that does not answer is another check's finding. */
async function readClocks(context: CommandContext, signal: AbortSignal): Promise<readonly Reading[]> {
  const { settings } = context;
  const registryUrl = settings.find('registryUrl')?.value;
  const pages = [
    ...(registryUrl === undefined ? [] : [{ who: 'the registry', url: `${registryUrl}/config` }]),
    ...serviceAddresses(settings).map(({ name, url }) => ({ who: name, url: `${url}/livez` })),
  ];
  const readings = await Promise.allSettled([
    ...(settings.find('databaseUrl') === undefined ? [] : [readPostgres(context, signal)]),
    ...pages.map((page) => readDateHeader(page, context, signal)),
  ]);
  return readings.flatMap((reading) => (reading.status === 'fulfilled' ? (reading.value ?? []) : []));
}

async function readPostgres(context: CommandContext, signal: AbortSignal): Promise<Reading> {
  const schema = groups[0]?.schema ?? 'public';
  return await withDatabase(context, schema, (opened) =>
    opened.transaction(
      [],
      async (tx) => {
        const asked = performance.now();
        const before = context.clock();
        const rows = await tx.query<{ readonly now_ms: number }>(
          'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms',
        );
        const tookMs = performance.now() - asked;
        // The answer was made about half way between the question and now.
        return { who: 'Postgres', aheadMs: before + tookMs / 2 - (rows[0]?.now_ms ?? Number.NaN), errorMs: tookMs / 2 };
      },
      { signal },
    ),
  );
}

async function readDateHeader(
  { who, url }: { readonly who: string; readonly url: string },
  context: CommandContext,
  signal: AbortSignal,
): Promise<Reading | undefined> {
  const asked = performance.now();
  const before = context.clock();
  const { date } = await getAnswer(who, url, { signal });
  const tookMs = performance.now() - asked;
  const theirMs = Date.parse(date ?? '');
  if (Number.isNaN(theirMs)) return undefined;
  const errorMs = (tookMs + dateHeaderMs) / 2;
  return { who, aheadMs: before + tookMs / 2 - (theirMs + dateHeaderMs / 2), errorMs };
}
