import type { IncomingMessage } from 'node:http';

import type { Database } from '@trunkline/postgres';

import { type ApiKey, findApiKey } from '../keys/keys.ts';
import { readKeyToken } from '../keys/token.ts';
import { Problem } from '../problems.ts';
import type { Caller } from '../route.ts';
import type { FailedAuthentications } from './failed-authentications.ts';

export interface AuthenticateParts {
  readonly database: Database;
  readonly failed: FailedAuthentications;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
}

/** Who asks, by `Authorization: Bearer trk_…`, with a key that has the scope. Throws `unauthorized`, `forbidden`, `rate_limited`. */
export async function authenticate(
  request: IncomingMessage,
  scope: string,
  { database, failed, nowMs }: AuthenticateParts,
): Promise<Caller> {
  // Without one the connection is gone, and the answer with it.
  const address = request.socket.remoteAddress ?? '';
  const waitMs = failed.waitMs(address);
  if (waitMs > 0) {
    const headers = { 'retry-after': String(Math.ceil(waitMs / 1_000)) };
    throw new Problem('rate_limited', 'too many requests from this address had no key that opens', { headers });
  }
  const token = readKeyToken(bearerOf(request));
  const key = token === undefined ? undefined : await findApiKey(database, token);
  const problem = problemOf(key, nowMs());
  if (key === undefined || problem !== undefined) {
    failed.failed(address);
    throw new Problem('unauthorized', problem ?? wanted, { headers: { 'www-authenticate': 'Bearer' } });
  }
  failed.proven(address);
  if (!key.scopes.includes(scope)) throw new Problem('forbidden', `the key has not the scope ${scope}`);
  return { tenantId: key.tenantId, keyId: key.keyId, actor: `${key.keyId} (${printable(key.name)})` };
}

const wanted = 'show a key: Authorization: Bearer trk_…; `trunkline api-keys create` makes one';

/** Told only to whoever has the token: that it was one. */
function problemOf(key: ApiKey | undefined, nowMs: number): string | undefined {
  if (key === undefined) return wanted;
  if (key.revokedAtMs !== null) return 'the key was revoked';
  return key.expiresAtMs <= nowMs ? 'the key has expired' : undefined;
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}

function printable(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, '?');
}
