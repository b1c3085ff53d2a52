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

/** Parses the environment and lists every mistake in it, not only the first. A blank variable counts as unset. */
export function readEnvironment<C>(schema: z.ZodType<C>, environment: Environment): EnvironmentReading<C> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, text]) => text?.trim() !== ''));
  const result = schema.safeParse(present);
  if (result.success) return { ok: true, config: result.data };
  return {
    ok: false,
    problems: result.error.issues.map((issue) => ({
      variable: issue.path.map(String).join('.') || '(environment)',
      problem: issue.message,
    })),
  };
}

/** One line per mistake, aligned, for the terminal of whoever started the process. */
export function renderEnvironmentProblems(name: string, problems: readonly EnvironmentProblem[]): string {
  const width = Math.max(...problems.map((problem) => problem.variable.length));
  const mistakes = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
  const lines = problems.map((problem) => `  ${problem.variable.padEnd(width)}  ${problem.problem}`);
  return `${name} cannot start: ${mistakes} in its environment\n${lines.join('\n')}\n`;
}

type Variable<T> = z.ZodType<T, string | undefined>;

interface Expectation<T> {
  /** Reads on after "must be": "a port number". */
  readonly what: string;
  readonly example: string;
  /** Taken when the variable is unset; without it the variable is required. */
  readonly fallback?: T;
}

/** A variable with a meaning: `parse` returns undefined when the text has none. */
export function variable<T>(expectation: Expectation<T>, parse: (text: string) => T | undefined): Variable<T> {
  const { what, example, fallback } = expectation;
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
  descriptions.add(reading, { what, example, ...told });
  return reading;
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
  readonly required: boolean;
}

/** The variables that a schema made of these pieces reads, in the order in which it declares them. */
export function describeEnvironment(schema: z.ZodType): readonly VariableDescription[] {
  return Object.entries(variablesOf(schema)).map(([name, declared]) => {
    const isOptional = declared instanceof z.ZodOptional;
    // The inner type of an optional is one of ours: `optional` takes nothing else.
    const described = descriptions.get((isOptional ? declared.unwrap() : declared) as z.ZodType);
    if (described === undefined) throw new RangeError(`${name} is not declared with the pieces of this file`);
    return { name, ...described, required: !isOptional && described.fallback === undefined };
  });
}

/** Checks and transformations are wrapped around the object that names the variables. */
function variablesOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  // zod's own types for what a schema is made of are wider than any schema can be.
  if (schema instanceof z.ZodPipe) return variablesOf(schema.in as z.ZodType);
  // The same.
  if (schema instanceof z.ZodObject) return schema.shape as Readonly<Record<string, z.ZodType>>;
  throw new RangeError(
    'the schema of an environment is an object of variables, with checks and transformations around it',
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
  return variable(withFallback({ what, example: String(fallback ?? min) }, fallback), (text) => {
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
  const expectation = { what: `one of ${values.join(', ')}`, example: String(fallback ?? first) };
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

export function flag(fallback: boolean): Variable<boolean> {
  return variable({ what: '1 or 0', example: '1', fallback }, (value) => {
    if (value === '1' || value === 'true') return true;
    return value === '0' || value === 'false' ? false : undefined;
  });
}

function withFallback<T>(expectation: Expectation<T>, fallback: T | undefined): Expectation<T> {
  return fallback === undefined ? expectation : { ...expectation, fallback };
}
