import { TrunklineError } from '@trunkline/core';
import { readEnvironment } from '@trunkline/runtime/environment';
import { type ServerSecurity, serverSecurity } from '@trunkline/runtime/server-access';

import type { Settings } from './settings.ts';

/**
 * How the servers let this command in: by the variables that every service reads, and by what `npm start` made where its
 * brokers are meant. Throws `config_invalid` about them.
 */
export function serverSecurityOf(settings: Settings): ServerSecurity {
  const { environment, run } = settings;
  const login = settings.find('kafkaBrokers')?.origin === 'run.json' ? run?.kafkaLogin : undefined;
  const reading = readEnvironment(serverSecurity, { ...login, ...environment });
  if (reading.ok) return reading.config;
  const mistakes = reading.problems.map(({ variable, problem }) => `${variable} ${problem}`);
  throw new TrunklineError('config_invalid', mistakes.join('\n'));
}
