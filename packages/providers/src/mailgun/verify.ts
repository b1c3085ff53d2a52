import { signatureInBody, type SignatureInBodyScheme } from '../schemes/signature-in-body.ts';
import type { MailgunOptions } from './options.ts';

/** The member of the body with the proof. Beside it a subaccount's deliveries have `parent-signature`, which does not count. */
export const signatureMember = 'signature';

/**
 * https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks. Time and token are signed, what
 * happened is not. Mailgun advises to remember tokens; that is not done here, where the time alone limits a replay.
 */
export function mailgunScheme(options: MailgunOptions): SignatureInBodyScheme {
  return signatureInBody({ member: signatureMember, unit: 's', toleranceMs: options.toleranceSeconds * 1000 });
}
