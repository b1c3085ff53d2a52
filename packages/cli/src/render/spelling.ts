/** The commands that hints may name; a test holds them against the program. */
export const commandNames = [
  'send',
  'verify',
  'sign',
  'providers',
  'notifications',
  'events',
  'trace',
  'debug',
  'replay',
  'rows',
  'topics',
  'schemas',
  'dlq',
  'services',
  'jobs',
  'journal',
  'account',
  'acls',
  'api-keys',
  'audit',
  'keys',
  'lag',
  'monitor',
  'doctor',
  'migrate',
  'bookings',
  'ledger',
  'contacts',
  'connections',
  'vault',
  'endpoints',
  'messages',
  'undelivered',
  'resend',
  'config',
  'directory',
  'help',
] as const;

const bareCommand = new RegExp(`(?<![\\w/.@-]|npx )trunkline (?=(?:${commandNames.join('|')})\\b)`, 'g');

/** What to type in front of a command: whoever started us with npx has no `trunkline` on the path. */
export function spellerOf(environment: NodeJS.ProcessEnv): (text: string) => string {
  const startedByNpx = environment['npm_lifecycle_event'] === 'npx' || environment['npm_command'] === 'exec';
  return startedByNpx ? (text) => text.replaceAll(bareCommand, 'npx trunkline ') : (text) => text;
}
