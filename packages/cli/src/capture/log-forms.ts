/** A request as some log or gateway writes it, in the words of our own form; any other value as it is. */
export function fromLogForm(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const form = forms.find(({ has }) => has.every((name) => name in value));
  return form === undefined ? value : form.read(value);
}

type Members = Readonly<Record<string, unknown>>;

interface LogForm {
  /** Members that only this form has. */
  readonly has: readonly string[];
  readonly read: (value: Members) => unknown;
}

/** AWS marks a body that it wrote as base64; so do others that copied it. */
const bodyOf = (value: Members, name = 'body'): Members =>
  value['isBase64Encoded'] === true ? { bodyBase64: value[name] ?? '' } : { body: value[name] ?? '' };

const forms: readonly LogForm[] = [
  // AWS API Gateway and load balancer events, version 2 and 1.
  {
    has: ['rawPath', 'requestContext'],
    read: (value) => ({
      method: memberAt(value, 'requestContext', 'http', 'method') ?? 'POST',
      url: `${textOf(value['rawPath'])}${withMark(textOf(value['rawQueryString']))}`,
      headers: value['headers'] ?? {},
      ...bodyOf(value),
    }),
  },
  {
    has: ['httpMethod', 'path'],
    read: (value) => ({
      method: value['httpMethod'],
      url: value['path'],
      headers: isRecord(value['multiValueHeaders']) ? value['multiValueHeaders'] : (value['headers'] ?? {}),
      ...bodyOf(value),
    }),
  },
  // The inspector of ngrok: the whole request as base64.
  {
    has: ['uri', 'raw'],
    read: (value) => ({ request: Buffer.from(textOf(value['raw']), 'base64').toString('latin1') }),
  },
  // nginx and others that log in its words.
  {
    has: ['request_method', 'request_uri'],
    read: (value) => ({
      method: value['request_method'],
      url: value['request_uri'],
      headers: value['headers'] ?? value['request_headers'] ?? headersOf(value),
      body: value['request_body'] ?? '',
    }),
  },
  // Express and its loggers.
  {
    has: ['originalUrl'],
    read: (value) => ({
      method: value['method'] ?? 'POST',
      url: value['originalUrl'],
      headers: value['headers'] ?? {},
      body: value['rawBody'] ?? value['body'] ?? '',
    }),
  },
  // webhook.site and its kind.
  {
    has: ['content', 'headers'],
    read: (value) => ({
      method: value['method'] ?? 'POST',
      url: value['url'] ?? '/',
      headers: value['headers'],
      body: value['content'],
    }),
  },
  // Pino and others: { req: { method, url, headers }, body }.
  {
    has: ['req'],
    read: (value) => ({
      ...(isRecord(value['req']) ? value['req'] : {}),
      ...('body' in value ? { body: value['body'] } : {}),
    }),
  },
];

/** `http_stripe_signature` of nginx is the header stripe-signature. */
function headersOf(value: Members): Members {
  const headers: Record<string, string> = {};
  for (const [name, text] of Object.entries(value)) {
    if (name.startsWith('http_') && typeof text === 'string') headers[name.slice(5).replaceAll('_', '-')] = text;
  }
  return headers;
}

function memberAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((part, name) => (isRecord(part) ? part[name] : undefined), value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function withMark(query: string): string {
  return query === '' ? '' : `?${query}`;
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
