import type { Connection, SmtpCredentials } from '@trunkline/clients';
import { connectableNamed } from '@trunkline/clients/credentials';
import { openConnection, type OpenedConnection } from '@trunkline/connections';
import { classify } from '@trunkline/core';
import type { Transaction } from '@trunkline/postgres';
import type { Sender } from '@trunkline/sources/senders';
import type { Vault } from '@trunkline/vault';

/** Whose account a call is made in, and what its provider is shown: as the schema of the sender's kind reads it. */
export type Access = Connection<unknown>;

/** Or why there is none at this moment: what is to be told waits for it. */
export type FoundAccess =
  | { readonly kind: 'open'; readonly access: Access }
  | { readonly kind: 'shut'; readonly code: string; readonly detail: string };

/** `vault` is undefined where this process has no key. The transaction is of the sender's tenant. */
export async function accessOf(tx: Transaction, sender: Sender, vault: Vault | undefined): Promise<FoundAccess> {
  const { accountOf } = sender;
  return accountOf === undefined ? ownAccess(sender) : await connectedAccess(tx, { sender, accountOf, vault });
}

/** From the sources file alone. */
function ownAccess(sender: Sender): FoundAccess {
  const opened = (account: string, credentials: unknown): FoundAccess => ({
    kind: 'open',
    access: { tenantId: sender.tenant, id: sender.id, account, credentials },
  });
  const without = (name: string): FoundAccess =>
    shut('secret_missing', `${sender.id} has no ${name}: trunkline config check`);
  switch (sender.kind) {
    case 'twilio': {
      const { accountSid = '', apiKeySid, apiKeySecret } = sender;
      if (apiKeySecret === undefined) return without('apiKeySecret');
      return opened(accountSid, { accountSid, apiKeySid, apiKeySecret });
    }
    case 'resend':
    case 'sendgrid':
      return sender.apiKey === undefined ? without('apiKey') : opened(sender.id, { apiKey: sender.apiKey });
    case 'slack':
      if (sender.botToken === undefined) return without('botToken');
      return opened(sender.connection, { botToken: sender.botToken });
    case 'smtp': {
      const { host = '', port = 587, security = 'starttls', user, password } = sender;
      if (user !== undefined && password === undefined) return without('password');
      const login = user === undefined ? {} : { user, password };
      return opened(sender.id, { host, port, security, ...login } satisfies SmtpCredentials);
    }
    case 'demo':
      return opened(sender.id, undefined);
  }
}

/** From the vault: what `services/connections` sealed, while it stands so that it may be used. */
async function connectedAccess(
  tx: Transaction,
  {
    sender,
    accountOf,
    vault,
  }: { readonly sender: Sender; readonly accountOf: string; readonly vault: Vault | undefined },
): Promise<FoundAccess> {
  if (vault === undefined) {
    const detail = `this process has no key of the vault, so ${accountOf} does not open: give it TRUNKLINE_VAULT_KEY`;
    return shut('vault_key_missing', detail);
  }
  const connection = await openedOf(tx, vault, accountOf);
  if ('kind' in connection) return connection;
  const { id, account, credentials, tls, rates } = connection;
  const unusable = whyNot(connection);
  if (unusable !== undefined) return unusable;
  const read = connectableNamed(sender.kind)?.credentials.safeParse(credentials);
  // Sealed by a release whose form of them was another one, or for another provider than the file has now.
  if (read?.success !== true) return shut('secret_missing', `what is sealed of ${id} is none of ${sender.kind}`);
  return {
    kind: 'open',
    access: { tenantId: sender.tenant, id, account: account ?? id, credentials: read.data, tls, rates },
  };
}

async function openedOf(tx: Transaction, vault: Vault, id: string): Promise<OpenedConnection | FoundAccess> {
  try {
    const connection = await openConnection(tx, vault, id);
    return connection ?? shut('connection_missing', `${id} is not set up yet: the service connections does it`);
  } catch (thrown) {
    const { code, message } = classify(thrown);
    if (code === 'secret_unreadable') return shut(code, `${id} does not open: trunkline connections show ${id}`);
    // It was sealed with a key that this process does not have, and others may.
    if (code === 'config_invalid') return shut('vault_key_missing', `${id} does not open: ${message}`);
    throw thrown;
  }
}

/** A connection that may work is used: its provider says whether it does. */
function whyNot({ id, state, reason, credentials }: OpenedConnection): FoundAccess | undefined {
  if (state === 'paused') return shut('connection_paused', `${id} is paused: trunkline connections resume ${id}`);
  if (state === 'revoked')
    return shut('connection_revoked', `${id} is revoked for good: connect the account under another id`);
  const isRefused = state === 'needs_authorization' || (state === 'degraded' && reason === 'credentials_refused');
  if (isRefused || credentials === undefined) {
    const why = reason ?? 'secret_missing';
    return shut('connection_unusable', `${id} cannot be used (${why}): trunkline connections show ${id}`);
  }
  return undefined;
}

function shut(code: string, detail: string): FoundAccess {
  return { kind: 'shut', code, detail };
}
