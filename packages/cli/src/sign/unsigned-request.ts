import type { ReceivedRequest } from '@trunkline/providers';

export interface UnsignedOptions {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** A body as the request that would carry it. What is signed may depend on its type, so one is found where none is given. */
export function unsignedRequest({ method, url, headers, body }: UnsignedOptions): ReceivedRequest {
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  const type = hasType ? undefined : typeOf(body);
  return {
    method,
    target: url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/^(?!\/)/, '/'),
    publicUrl: url,
    headers: type === undefined ? headers : [['Content-Type', type], ...headers],
    body,
  };
}

function typeOf(body: Uint8Array): string | undefined {
  const text = Buffer.from(body).toString('utf8');
  if (isJson(text)) return 'application/json';
  return /^[^\s=&<{]+=[^\s<{]*$/.test(text) ? 'application/x-www-form-urlencoded' : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
