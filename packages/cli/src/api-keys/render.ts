import type { ApiKey, MadeKey } from '@trunkline/http-api/keys';
import { formatTime } from '@trunkline/operations/units';

import type { Output } from '../output.ts';
import type { Style } from '../render/style.ts';
import { renderPairs, renderTable } from '../render/table.ts';

/** A key as `--json` prints it. */
export function documentOfKey(key: ApiKey, nowMs: number): Readonly<Record<string, unknown>> {
  const { createdAtMs, expiresAtMs, revokedAtMs, lastUsedAtMs, ...rest } = key;
  return {
    ...rest,
    state: stateOf(key, nowMs),
    createdAt: formatTime(createdAtMs),
    expiresAt: formatTime(expiresAtMs),
    revokedAt: revokedAtMs === null ? null : formatTime(revokedAtMs),
    lastUsedAt: lastUsedAtMs === null ? null : formatTime(lastUsedAtMs),
  };
}

function stateOf({ revokedAtMs, expiresAtMs, successor }: ApiKey, nowMs: number): string {
  if (revokedAtMs !== null) return 'revoked';
  if (expiresAtMs <= nowMs) return 'expired';
  return successor === null ? 'good' : 'rotated';
}

export function renderKeys(keys: readonly ApiKey[], nowMs: number, style: Style): string {
  return renderTable(
    [
      { title: 'KEY', value: ({ keyId }) => keyId },
      { title: 'TENANT', value: ({ tenantId }) => tenantId },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'SCOPES', value: ({ scopes }) => scopes.join(' ') },
      { title: 'STATE', value: (key) => stateOf(key, nowMs) },
      { title: 'EXPIRES', value: ({ expiresAtMs }) => formatTime(expiresAtMs) },
      { title: 'USED', value: ({ lastUsedAtMs }) => (lastUsedAtMs === null ? 'never' : formatTime(lastUsedAtMs)) },
    ],
    keys,
    style,
  );
}

/** The one time that the token is shown. */
export function renderMadeKey(
  { key, token }: MadeKey,
  output: Output,
  more: { readonly oldExpiresAtMs?: number } = {},
): void {
  const { keyId, tenantId, scopes, expiresAtMs } = key;
  const until = more.oldExpiresAtMs === undefined ? {} : { oldExpiresAt: formatTime(more.oldExpiresAtMs) };
  output.result({ keyId, tenant: tenantId, scopes, expiresAt: formatTime(expiresAtMs), token, ...until }, () =>
    [
      renderPairs(
        [
          ['key', keyId],
          ['token', token],
          ['expires', formatTime(expiresAtMs)],
          ...Object.entries(until).map(([, time]): [string, string] => ['the old one opens until', time]),
        ],
        output.style,
      ),
      '',
      'The token is shown with each request (Authorization: Bearer …). It is not shown again: `trunkline api-keys rotate` makes another one.',
    ].join('\n'),
  );
}
