import { TrunklineError } from '@trunkline/core';
import { type CheckOutcome, failed, ok } from '@trunkline/operations';
import type { KafkaSecurity, RegistrySecurity } from '@trunkline/runtime';

import { serverSecurityOf } from '../server-security.ts';
import { operatorToken } from '../service-addresses.ts';
import { type Settings, settingNames } from '../settings.ts';
import type { CommandCheck } from './command-check.ts';

/** How the servers are asked to let us in, before any of them is asked: a file that is missing is no server's fault. */
export const access: CommandCheck = {
  name: 'access',
  requires: [],
  run: ({ settings }) => Promise.resolve(lookAt(settings)),
};

function lookAt(settings: Settings): CheckOutcome {
  try {
    const { kafka, registry } = serverSecurityOf(settings);
    // Each that may come by a file is read, too.
    for (const name of settingNames) settings.find(name);
    operatorToken(settings);
    return ok(`Kafka ${ofKafka(kafka)}; the registry ${ofRegistry(registry)}`);
  } catch (error) {
    if (error instanceof TrunklineError && error.code === 'config_invalid')
      return failed(error.message.replaceAll('\n', '; '), 'correct the variables it names: docs/how-to/secure.md');
    throw error;
  }
}

function ofKafka({ tls, sasl }: KafkaSecurity): string {
  const channel = tls === undefined ? 'in plain' : `over TLS${tls.certFile === undefined ? '' : ' with a certificate'}`;
  return sasl === undefined ? channel : `${channel}, as ${sasl.username} (${sasl.mechanism})`;
}

function ofRegistry({ auth, caFile }: RegistrySecurity): string {
  return `${auth === undefined ? 'as nobody' : `as ${auth.username}`}${caFile === undefined ? '' : ', with a CA of its own'}`;
}
