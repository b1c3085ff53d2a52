import { readFileSync, statSync } from 'node:fs';

import { z } from 'zod';

/**
 * A process reads its whole environment once, through one schema. These are the pieces such a schema is made of:
 * each takes the text of one variable, and each complaint names what would be right, with an example.
 */

export interface EnvironmentProblem {
  readonly variable: string;
  /** Reads on after the variable's name: "is missing: …". Never contains the value, which may be a secret. */
  readonly problem: string;
}

export type EnvironmentReading<C> =
  | { readonly ok: true; readonly config: C }
  | { readonly ok: false; readonly problems: readonly EnvironmentProblem[] };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses the environment and lists every mistake in it, not only the first. A blank variable counts as unset. A secret
 * may come by a file that `<its name>_FILE` names.
 */
export function readEnvironment<C>(schema: z.ZodType<C>, environment: Environment): EnvironmentReading<C> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, text]) => text?.trim() !== ''));
  const secrets = declaredIn(schema).filter(({ isSecret }) => isSecret);
  const files = readSecretFiles(
    secrets.map(({ name }) => name),
    present,
  );
  const result = schema.safeParse({ ...present, ...files.values });
  if (result.success && files.problems.length === 0) return { ok: true, config: result.data };
  const wrongFiles = files.problems.map(({ variable }) => variable);
  const issues = (result.error?.issues ?? []).map((issue) => ({
    variable: issue.path.map(String).join('.') || '(environment)',
    problem: issue.message,
  }));
  return {
    ok: false,
    problems: [
      ...files.problems,
      // What a file that cannot be read would have held is not missing as well.
      ...issues.flatMap(({ variable, problem }) =>
        wrongFiles.includes(fileVariable(variable))
          ? []
          : [{ variable: variable in files.values ? fileVariable(variable) : variable, problem }],
      ),
    ],
  };
}

/** The variable that may name a file with the value of a secret one. */
function fileVariable(name: string): string {
  return `${name}_FILE`;
}

/** Of secrets the values that come by files, without the line's end, and what is wrong with a file. Read once. */
export function readSecretFiles(
  names: readonly string[],
  environment: Environment,
): { readonly values: Readonly<Record<string, string>>; readonly problems: readonly EnvironmentProblem[] } {
  const values: Record<string, string> = {};
  const problems: EnvironmentProblem[] = [];
  for (const name of names) {
    const variable = fileVariable(name);
    const file = environment[variable]?.trim() ?? '';
    if (file === '') continue;
    const content = readSmallFile(file)?.trim() ?? '';
    if ((environment[name]?.trim() ?? '') !== '')
      problems.push({ variable, problem: `is set beside ${name}: unset one of the two` });
    else if (content === '')
      problems.push({ variable, problem: 'must be a readable file with the value in it, at most 4096 bytes' });
    else values[name] = content;
  }
  return { values, problems };
}

/**
 * What is behind `env:NAME` (the variable, or the file that `NAME_FILE` names) or `file:path`; undefined where nothing is, or
 * it cannot be read. For secrets whose names are the operator's, which no schema declares.
 */
export function readSecretReference(reference: string, environment: Environment): string | undefined {
  if (reference.startsWith('file:')) return readSmallFile(reference.slice('file:'.length));
  const name = reference.slice('env:'.length);
  const text = environment[name]?.trim() ?? '';
  const file = environment[fileVariable(name)]?.trim() ?? '';
  if (text !== '') return text;
  return file === '' ? undefined : readSmallFile(file);
}

/** Undefined when it cannot be had. Read once, before anything else runs, so nothing is kept waiting. */
function readSmallFile(file: string, largestBytes = 4_096): string | undefined {
  try {
    return statSync(file).isFile() && statSync(file).size <= largestBytes ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined; // The complaint names the variable and what it should be.
  }
}

/** One line per mistake, aligned, for the terminal of whoever started the process. */
export function renderEnvironmentProblems(name: string, problems: readonly EnvironmentProblem[]): string {
  const width = Math.max(...problems.map((problem) => problem.variable.length));
  const mistakes = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
  const lines = problems.map((problem) => `  ${problem.variable.padEnd(width)}  ${problem.problem}`);
  return `${name} cannot start: ${mistakes} in its environment\n${lines.join('\n')}\n`;
}

export type Variable<T> = z.ZodType<T, string | undefined>;

interface Expectation<T> {
  /** Reads on after "must be": "a port number". */
  readonly what: string;
  readonly example: string;
  /** Taken when the variable is unset; without it the variable is required. */
  readonly fallback?: T;
  readonly form?: VariableForm;
}

/** What a value may be, for whoever checks it before the process does; a variable without it is text. */
export type VariableForm =
  | { readonly kind: 'whole number'; readonly min: number; readonly max: number; readonly or?: readonly string[] }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'flag' };

/** A variable with a meaning: `parse` returns undefined when the text has none. */
export function variable<T>(expectation: Expectation<T>, parse: (text: string) => T | undefined): Variable<T> {
  const { what, example, fallback, form } = expectation;
  const reading = z
    .string()
    .optional()
    .transform((given, context): T => {
      if (given === undefined && fallback !== undefined) return fallback;
      const value = given === undefined ? undefined : parse(given.trim());
      if (value !== undefined) return value;
      const wrong = given === undefined ? 'is missing: it must be' : 'must be';
      context.addIssue({ code: 'custom', message: `${wrong} ${what}, for example ${example}`, input: undefined });
      return z.NEVER;
    });
  const told =
    fallback === undefined ? {} : { fallback: Array.isArray(fallback) ? fallback.join(',') : String(fallback) };
  descriptions.add(reading, { what, example, ...told, ...(form === undefined ? {} : { form }) });
  return reading;
}

/** As the given variable; its value belongs into no listing of an environment, so it may also come by a file. */
export function secret<T>(inner: Variable<T>): Variable<T> {
  const described = descriptions.get(inner);
  if (described === undefined)
    throw new RangeError('a secret is one of the pieces of this file, made optional around it');
  descriptions.remove(inner);
  descriptions.add(inner, { ...described, isSecret: true });
  return inner;
}

/** What each variable of a schema was declared with, for whoever lists them. */
const descriptions = z.registry<Omit<VariableDescription, 'name' | 'required'>>();

/** One variable that a schema reads, for people. */
export interface VariableDescription {
  readonly name: string;
  /** What its value must be: "a whole number of milliseconds from 100 to 60000". */
  readonly what: string;
  readonly example: string;
  /** What holds while it is unset. */
  readonly fallback?: string;
  readonly form?: VariableForm;
  readonly required: boolean;
  /** It may come by a file that `fileVariable` of its name names. */
  readonly isSecret?: true;
}

/** The variables that a schema made of these pieces reads, in the order in which it declares them, and the files of its secrets. */
export function describeEnvironment(schema: z.ZodType): readonly VariableDescription[] {
  return declaredIn(schema).flatMap((declared) =>
    declared.isSecret === true ? [declared, fileOf(declared)] : [declared],
  );
}

/** The variable of the file that a secret may come by. */
export function fileOf({ name }: Pick<VariableDescription, 'name'>): VariableDescription {
  const example = `/run/secrets/${name.toLowerCase().replaceAll('_', '-')}`;
  return { name: fileVariable(name), what: `a file with the value of ${name}`, example, required: false };
}

function declaredIn(schema: z.ZodType): readonly VariableDescription[] {
  return Object.entries(variablesOf(schema)).map(([name, declared]) => {
    const isOptional = declared instanceof z.ZodOptional;
    // The inner type of an optional is one of ours: `optional` takes nothing else.
    const described = descriptions.get((isOptional ? declared.unwrap() : declared) as z.ZodType);
    if (described === undefined) throw new RangeError(`${name} is not declared with the pieces of this file`);
    return { name, ...described, required: !isOptional && described.fallback === undefined };
  });
}

/** Checks and transformations are wrapped around the object that names the variables; two may be joined. */
function variablesOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  // zod's own types for what a schema is made of are wider than any schema can be.
  if (schema instanceof z.ZodPipe) return variablesOf(schema.in as z.ZodType);
  if (schema instanceof z.ZodIntersection)
    // The same.
    return [schema.def.left as z.ZodType, schema.def.right as z.ZodType]
      .map(variablesOf)
      .reduce((one, other) => ({ ...one, ...other }));
  // The same.
  if (schema instanceof z.ZodObject) return schema.shape as Readonly<Record<string, z.ZodType>>;
  throw new RangeError(
    'the schema of an environment is an object of variables, or two, with checks and transformations around it',
  );
}

/** As the given variable, but undefined when it is unset. */
export function optional<T>(inner: Variable<T>): Variable<T | undefined> {
  return inner.optional();
}

export interface WholeNumberLimits {
  readonly min: number;
  readonly max: number;
  readonly fallback?: number;
  /** Reads on after the number: "milliseconds". */
  readonly unit?: string;
}

export function wholeNumber(limits: WholeNumberLimits): Variable<number> {
  const { min, max, fallback } = limits;
  const unit = limits.unit === undefined ? '' : ` of ${limits.unit}`;
  const what = `a whole number${unit} from ${min} to ${max}`;
  const form = { kind: 'whole number', min, max } as const;
  return variable(withFallback({ what, example: String(fallback ?? min), form }, fallback), (text) => {
    if (!/^[0-9]{1,15}$/.test(text)) return undefined;
    const value = Number(text);
    return value >= min && value <= max ? value : undefined;
  });
}

export function milliseconds(limits: Omit<WholeNumberLimits, 'unit'>): Variable<number> {
  return wholeNumber({ ...limits, unit: 'milliseconds' });
}

export function byteCount(limits: Omit<WholeNumberLimits, 'unit'>): Variable<number> {
  return wholeNumber({ ...limits, unit: 'bytes' });
}

/** 0 asks the operating system for a free port. */
export function port(fallback?: number): Variable<number> {
  return wholeNumber(fallback === undefined ? { min: 0, max: 65_535 } : { min: 0, max: 65_535, fallback });
}

export function oneOf<const T extends string>(values: readonly T[], fallback?: T): Variable<T> {
  const [first] = values;
  const form = { kind: 'choice', values } as const;
  const expectation = { what: `one of ${values.join(', ')}`, example: String(fallback ?? first), form };
  return variable(withFallback(expectation, fallback), (text) => values.find((value) => value === text));
}

/** Comma-separated, blanks around an entry ignored, no empty list. */
export function list(expectation: Expectation<readonly string[]>): Variable<readonly string[]> {
  return variable(expectation, (text) => {
    const entries = text.split(',').map((entry) => entry.trim());
    return entries.some((entry) => entry === '') ? undefined : entries;
  });
}

export function text(expectation: Expectation<string>): Variable<string> {
  return variable(expectation, (value) => value);
}

export function httpUrl(expectation: Expectation<string>): Variable<string> {
  return variable(expectation, (value) => {
    const url = URL.parse(value);
    return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? value : undefined;
  });
}

/** The Postgres URL of a service's own role; `service` is for the example. */
export function serviceDatabaseUrl(service: string): Variable<string> {
  return secret(
    variable(
      {
        what: "the Postgres URL of the service's own role; files that its sslrootcert, sslcert and sslkey name must be readable",
        example: `postgres://trunkline_${service}:…@postgres:5432/trunkline?sslmode=verify-full&sslrootcert=/etc/trunkline/tls/postgres-ca.crt`,
      },
      (given) => {
        const url = URL.parse(given);
        return url !== null && /^postgres(?:ql)?:$/.test(url.protocol) && hasItsFiles(url) ? given : undefined;
      },
    ),
  );
}

/** The driver reads them at each connection, so a rotated one counts for the next. */
function hasItsFiles({ searchParams }: URL): boolean {
  return ['sslrootcert', 'sslcert', 'sslkey'].every((name) => {
    const file = searchParams.get(name);
    return file === null || readSmallFile(file, largestPemBytes) !== undefined;
  });
}

/** Bundles of authorities are larger than a secret: that of a Linux system is 220 kB. */
const largestPemBytes = 1_048_576;

/** What the digests of addresses are made with; the same for every service of an installation. */
export function installationKey(): Variable<Uint8Array> {
  const expectation = {
    what: '32 bytes or more as hex digits, made once and never changed',
    example: 'the output of: openssl rand -hex 32',
  };
  return secret(
    variable<Uint8Array>(expectation, (digits) =>
      /^(?:[0-9a-f]{2}){32,}$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined,
    ),
  );
}

export function flag(fallback: boolean): Variable<boolean> {
  return variable({ what: '1 or 0', example: '1', fallback, form: { kind: 'flag' } }, (value) => {
    if (value === '1' || value === 'true') return true;
    return value === '0' || value === 'false' ? false : undefined;
  });
}

function withFallback<T>(expectation: Expectation<T>, fallback: T | undefined): Expectation<T> {
  return fallback === undefined ? expectation : { ...expectation, fallback };
}
