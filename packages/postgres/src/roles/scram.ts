import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';

/**
 * What Postgres stores for a password (SCRAM-SHA-256, RFC 5803), made here so that the password itself stands in no
 * statement: statements get logged.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[\x21-\x7e]{8,128}$/.test(password)) {
    // Other characters would need SASLprep to match what the driver sends.
    throw new TrunklineError(
      'config_invalid',
      'the password of a database role must be 8 to 128 printable ASCII characters without blanks',
    );
  }
  const salted = pbkdf2Sync(password, salt, scramIterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${scramIterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** Postgres' own default. */
const scramIterations = 4096;
