import type { Sender } from '@trunkline/sources/senders';

/** What follows from how a sender's provider works. */
export interface SenderKind {
  /** How long after its first call the provider knows a message again; 0: never. */
  readonly keyMs: number;
  /**
   * What becomes of a message that may have been sent, where no evidence came: a person decides, or it is sent once more.
   * Two mails are a nuisance; two text messages are that, and paid for.
   */
  readonly inDoubt: 'hold' | 'resend';
}

const hour = 3_600_000;

export const senderKinds: Readonly<Record<Sender['kind'], SenderKind>> = {
  twilio: { keyMs: 0, inDoubt: 'hold' },
  // 24 hours, less an hour for clocks: https://resend.com/docs/dashboard/emails/idempotency-keys
  resend: { keyMs: 23 * hour, inDoubt: 'hold' },
  sendgrid: { keyMs: 0, inDoubt: 'resend' },
  smtp: { keyMs: 0, inDoubt: 'resend' },
  slack: { keyMs: 0, inDoubt: 'hold' },
  demo: { keyMs: 0, inDoubt: 'hold' },
};
