import type { AuthKind } from '@trunkline/clients/credentials';

import type { ConnectionId } from './connection.ts';

export interface ConnectionTls {
  readonly certificate: string;
  readonly key: string;
  readonly authority?: string;
}

/** One connection of the file, its secrets read. */
export interface ConfiguredConnection {
  readonly id: ConnectionId;
  readonly tenantId: string;
  /** In the words of packages/clients. */
  readonly provider: string;
  readonly auth: AuthKind;
  /** The certificate that the host is shown (mutual TLS), PEM; undefined: none. Told to nobody else, as the credentials. */
  readonly tls: ConnectionTls | undefined;
  /** Whose the credentials have to be; undefined: whoever the provider says. */
  readonly account: string | undefined;
  /** As the client takes them; undefined where a secret is missing or of a wrong form. Never told to anybody but the client. */
  readonly credentials: Readonly<Record<string, unknown>> | undefined;
  readonly rates: Readonly<Record<string, { readonly count: number; readonly periodMs: number }>>;
  readonly checkEveryMs: number;
}
