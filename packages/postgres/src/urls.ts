import { TrunklineError } from '@trunkline/core';

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const parsed = parse(url);
  parsed.pathname = `/${encodeURIComponent(database)}`;
  return parsed.href;
}

/** The same server and database, another login. */
export function withLogin(url: string, user: string, password: string): string {
  const parsed = parse(url);
  parsed.username = encodeURIComponent(user);
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}

/** Host, port and database of a connection string, for messages: without the login. */
export function endpointOf(url: string): string {
  const parsed = parse(url);
  return `${parsed.host}${parsed.pathname}`;
}

function parse(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    // The text itself is not repeated: it may hold a password.
    throw new TrunklineError(
      'config_invalid',
      'a Postgres URL is not of the form postgres://user:password@host:port/database',
    );
  }
  return parsed;
}
