/** What a line is given, before it is made safe. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Limits of one log line, whatever it was given. */
export const logLimits = { textLength: 2_000, stackLength: 4_000, arrayLength: 50, depth: 3 } as const;

/** Written in the place of a value that may be a secret or somebody's. */
export const withheld = '[withheld]';

/**
 * Names whose values are never written. The first half are credentials wherever the name ends so (`stripeSecret`,
 * `x-api-key`); the second are payloads and personal values by their whole name.
 */
const credential =
  /(?:authorization|cookie|passw(?:or)?d|secret|token|api[-_]?key|signature|credentials?|private[-_]?key|connection[-_]?string)s?$/i;
const content = /^(?:body|raw|payload|headers|query|record|value|email|phone|address|remoteAddress|from|to|ip|url)$/i;

/** A copy fit for a log line: withheld, cut and flattened where needed. */
export function safeFields(fields: LogFields): Record<string, unknown> {
  return safeEntries(fields, 1);
}

function safeEntries(fields: object, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    safe[name] = isWithheld(name) ? withheld : safeValue(value, depth);
  }
  return safe;
}

/** Answers by name, remembered: a line per delivery has the same twenty names every time. */
const answers = new Map<string, boolean>();
const maxAnswers = 1_000;

export function isWithheld(name: string): boolean {
  const known = answers.get(name);
  if (known !== undefined) return known;
  const answer = credential.test(name) || content.test(name);
  if (answers.size < maxAnswers) answers.set(name, answer);
  return answer;
}

function safeValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return cut(value, logLimits.textLength);
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : safeObject(value, depth);
    case 'function':
    case 'symbol':
      return withheld;
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
  }
}

function safeObject(value: object, depth: number): unknown {
  if (value instanceof Error) return safeError(value, depth);
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value.toJSON();
  if (depth >= logLimits.depth) return withheld;
  if (Array.isArray(value)) {
    return value.slice(0, logLimits.arrayLength).map((entry: unknown) => safeValue(entry, depth + 1));
  }
  return safeEntries(value, depth + 1);
}

/** Name, code, message, stack and causes; no other property, for drivers hang rows and requests on their errors. */
function safeError(error: Error, depth: number): Record<string, unknown> {
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: cut(error.message, logLimits.textLength),
    ...(error.stack === undefined ? {} : { stack: cut(error.stack, logLimits.stackLength) }),
    ...(error.cause === undefined || depth >= logLimits.depth ? {} : { cause: safeValue(error.cause, depth + 1) }),
  };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`;
}
