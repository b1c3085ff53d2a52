import type { OperationRequest } from './operation.ts';

/** A path whose parts cannot leave it: `pathOf('/2010-04-01/Accounts', sid, 'Messages.json')`. */
export function pathOf(base: string, ...parts: readonly string[]): string {
  return [base, ...parts.map((part) => encodeURIComponent(part))].join('/');
}

/** `Authorization` by RFC 7617. */
export function basicAuth(user: string, password: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}` };
}

export function bearerAuth(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

export interface WrittenRequest {
  readonly pathAndQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The parts of a request as they are sent. Fields that are undefined are left out. */
export function written({ path, query, headers, body }: OperationRequest): WrittenRequest {
  const search = encoded(query ?? {});
  const content =
    body === undefined
      ? undefined
      : 'json' in body
        ? { type: 'application/json', text: JSON.stringify(body.json) }
        : { type: 'application/x-www-form-urlencoded', text: encoded(body.form) };
  return {
    pathAndQuery: search === '' ? path : `${path}?${search}`,
    headers: { ...(content === undefined ? {} : { 'content-type': content.type }), ...headers },
    body: content?.text,
  };
}

function encoded(fields: Readonly<Record<string, string | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) parameters.append(name, value);
  return parameters.toString();
}
