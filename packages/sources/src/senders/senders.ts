import type { ChannelKind } from '../directory/directory.ts';
import type { SenderEntry } from './sender.ts';

/** How messages of one kind leave, for one tenant: an entry of the file whose references are resolved. */
export type Sender = Resolved<SenderEntry> & {
  /** Where the provider tells what became of a message: our own ingress. */
  readonly statusUrl?: string;
  /** Whose account and secrets it uses; its own where there is none. */
  readonly accountOf?: string;
};

/** As the file has it; a secret is its value, and undefined where nothing useful was found. */
type Resolved<Entry> = Entry extends SenderEntry
  ? Omit<Entry, SecretName> & { readonly [Name in SecretName & keyof Entry]: string | undefined }
  : never;

export const secretNames = ['apiKeySecret', 'apiKey', 'password', 'botToken'] as const;
export type SecretName = (typeof secretNames)[number];

/** The port between whoever knows how messages leave (a file today) and whoever sends them. */
export interface Senders {
  /** Of a Slack channel, the one of its connection. Nothing of another tenant is ever the answer. */
  senderOf(tenantId: string, wanted: { readonly kind: ChannelKind; readonly connection?: string }): Sender | undefined;
  all(): readonly Sender[];
}

/** Senders that never change; an edit of the file makes others. */
export function createSenders(senders: readonly Sender[]): Senders {
  const byWhat = new Map(
    senders.flatMap((sender) => carriedBy(sender).map((what) => [`${sender.tenant} ${what}`, sender])),
  );
  return {
    senderOf: (tenantId, { kind, connection }) =>
      byWhat.get(`${tenantId} ${kind === 'slack' ? `slack ${connection ?? ''}` : kind}`) ??
      // The demo's carries channels of any connection.
      (kind === 'slack' ? byWhat.get(`${tenantId} slack`) : undefined),
    all: () => senders,
  };
}

/** Where there is no file. */
export const noSenders: Senders = createSenders([]);

/** The connection whose account and secrets a sender uses; undefined where it has its own. */
export function connectionOf(entry: SenderEntry): string | undefined {
  if (entry.kind === 'demo') return undefined;
  // The one that channels of people name is there in any case.
  return entry.kind === 'slack' && entry.botToken !== undefined ? undefined : entry.connection;
}

/** What a sender is the one for, in its tenant. */
export function carriedBy(sender: Sender | SenderEntry): readonly string[] {
  switch (sender.kind) {
    case 'twilio':
      return ['sms'];
    case 'resend':
    case 'sendgrid':
    case 'smtp':
      return ['email'];
    case 'slack':
      return [`slack ${sender.connection}`];
    case 'demo':
      return sender.carries;
  }
}
