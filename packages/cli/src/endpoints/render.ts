import type { KnownEndpoint } from '@trunkline/delivery';
import { formatAge, formatTime } from '@trunkline/operations/units';

import { printable, type Style } from '../render/style.ts';
import { type Column, renderPairs, renderTable } from '../render/table.ts';

/** An endpoint as `--json` prints it: everything but its secrets. */
export function documentOf({
  endpoint,
  health,
  filterFailure,
  secrets,
}: KnownEndpoint): Readonly<Record<string, unknown>> {
  const { stateSinceMs, createdAtMs, ...rest } = endpoint;
  return {
    ...rest,
    stateSince: formatTime(stateSinceMs),
    createdAt: formatTime(createdAtMs),
    health: {
      failures: health.failures,
      lastCode: health.lastCode,
      lastSuccessAt: timeOrNull(health.lastSuccessAtMs),
      lastFailureAt: timeOrNull(health.lastFailureAtMs),
      failingSince: timeOrNull(health.failingSinceMs),
    },
    filterFailure: filterFailure === null ? null : { at: formatTime(filterFailure.atMs), reason: filterFailure.reason },
    secrets: secrets.map(({ generation, kind, fingerprint, createdAtMs: madeAtMs, signsUntilMs }) => ({
      generation,
      kind,
      fingerprint,
      createdAt: formatTime(madeAtMs),
      signsUntil: timeOrNull(signsUntilMs),
    })),
  };
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}

/** One word about it, and since when it fails. */
function healthText({ endpoint, health }: KnownEndpoint, nowMs: number): string {
  if (endpoint.state !== 'enabled')
    return `${endpoint.state}${endpoint.stateReason === '' ? '' : `: ${endpoint.stateReason}`}`;
  if (health.failingSinceMs !== null)
    return `failing for ${formatAge(nowMs - health.failingSinceMs)} (${health.failures} × ${health.lastCode})`;
  return health.lastSuccessAtMs === null ? 'nothing sent yet' : 'well';
}

export function renderEndpoints(endpoints: readonly KnownEndpoint[], nowMs: number, style: Style): string {
  const columns: readonly Column<KnownEndpoint>[] = [
    { title: 'ENDPOINT', value: ({ endpoint }) => endpoint.endpointId },
    { title: 'TENANT', value: ({ endpoint }) => endpoint.tenantId },
    { title: 'HOST', value: ({ endpoint }) => hostOf(endpoint.url), maxWidth: 40 },
    { title: 'TYPES', value: ({ endpoint }) => endpoint.types.join(' '), maxWidth: 40 },
    {
      title: 'HEALTH',
      value: (known) => healthText(known, nowMs),
      paint: (cell, { endpoint, health }) =>
        endpoint.state === 'enabled' && health.failingSinceMs === null ? cell : style.warn(cell),
    },
  ];
  return renderTable(columns, endpoints, style);
}

export function renderEndpoint(known: KnownEndpoint, nowMs: number, style: Style): string {
  const { endpoint, secrets, health, filterFailure } = known;
  const pairs = renderPairs(
    [
      ['endpoint', endpoint.endpointId],
      ['tenant', endpoint.tenantId],
      ['url', endpoint.url],
      // Words of a tenant, by the API.
      ['description', endpoint.description === '' ? undefined : printable(endpoint.description)],
      ['types', endpoint.types.join(', ')],
      ['filter', endpoint.filter === '' ? undefined : printable(endpoint.filter)],
      ['filter failed', failureText(filterFailure, nowMs)],
      ['format', endpoint.format],
      ['attempts after', endpoint.schedule.map((seconds) => formatAge(seconds * 1_000)).join(', ')],
      ['waits for', formatAge(endpoint.timeoutMs)],
      ['at a time', String(endpoint.maxInFlight)],
      [
        'order',
        endpoint.ordering === 'none' ? undefined : `${endpoint.ordering}, ${endpoint.onExhausted} when given up`,
      ],
      ['health', printable(healthText(known, nowMs))],
      ['last success', health.lastSuccessAtMs === null ? undefined : formatTime(health.lastSuccessAtMs)],
      ['made', `${formatTime(endpoint.createdAtMs)} by ${printable(endpoint.createdBy)}`],
    ],
    style,
  );
  const signs = renderTable(
    [
      { title: 'SECRET', value: ({ generation }) => String(generation), align: 'right' },
      { title: 'KIND', value: ({ kind }) => kind },
      { title: 'FINGERPRINT', value: ({ fingerprint }) => fingerprint },
      { title: 'SIGNS', value: ({ signsUntilMs }) => signsText(signsUntilMs, nowMs) },
    ],
    secrets,
    style,
  );
  return `${pairs}\n\n${signs}`;
}

function failureText(failure: KnownEndpoint['filterFailure'], nowMs: number): string | undefined {
  return failure === null ? undefined : `${formatAge(nowMs - failure.atMs)} ago: ${printable(failure.reason)}`;
}

function signsText(untilMs: number | null, nowMs: number): string {
  if (untilMs === null) return 'yes';
  return untilMs > nowMs ? `for ${formatAge(untilMs - nowMs)} more` : 'no more';
}

/** The rest of a URL may hold a token, and a list is what people show others. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}
