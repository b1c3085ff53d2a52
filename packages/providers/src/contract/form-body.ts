import { withoutByteOrderMark } from './byte-order-mark.ts';

/** Parameters as they were sent: in order, repeated names kept. */
export type FormParameters = readonly (readonly [name: string, value: string])[];

/** A body of the media type application/x-www-form-urlencoded, or a query. */
export type FormBody =
  | { readonly readable: true; readonly parameters: FormParameters }
  | { readonly readable: false; readonly reason: string };

/** Twilio's and Slack's forms have some thirty parameters. */
export const maxFormParameters = 1_000;

/**
 * Where a signature is over the parameters of a form, they are read before anything is proven, and reading costs many
 * times what digesting does. The longest honest forms (a transcription, a speech result) have some 20 KiB.
 */
export const maxSignedFormBytes: number = 256 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a form, strictly: what does not decode to UTF-8 is refused, since a replaced byte would change an id. */
export function readFormBody(body: Uint8Array): FormBody {
  try {
    return readForm(utf8.decode(withoutByteOrderMark(body)));
  } catch {
    return refused('is not UTF-8');
  }
}

/** A form that is read field by field. */
export type FormFields =
  | {
      readonly readable: true;
      readonly parameters: FormParameters;
      /** False where a field that is not UTF-8 was left out. */
      readonly isWhole: boolean;
    }
  | { readonly readable: false; readonly reason: string };

/**
 * The same for a form whose fields stand alone: a letter in a charset of its own must not hide the proof and the sender
 * that stand beside it.
 */
export function readFormFields(body: Uint8Array): FormFields {
  // As latin1 every byte is one character.
  const pieces = Buffer.from(withoutByteOrderMark(body))
    .toString('latin1')
    .split('&', maxFormParameters + 1);
  if (pieces.length > maxFormParameters) return refused(`has more than ${maxFormParameters} parameters`);
  const parameters = pieces.filter((piece) => piece !== '').map(readableParameter);
  const read = parameters.filter((parameter) => parameter !== undefined);
  return { readable: true, parameters: read, isWhole: read.length === parameters.length };
}

function readableParameter(piece: string): readonly [name: string, value: string] | undefined {
  try {
    return parameterOf(utf8.decode(Buffer.from(piece, 'latin1')));
  } catch {
    return undefined;
  }
}

/** Reads the query of a URL or of a request target; without a query it has no parameters. */
export function readQuery(url: string): FormBody {
  const at = url.indexOf('?');
  return at === -1 ? { readable: true, parameters: [] } : readForm(url.slice(at + 1));
}

/** The values of each name, both in the order in which they were sent. */
export function groupedParameters(parameters: FormParameters): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of parameters) {
    const values = groups.get(name);
    if (values === undefined) groups.set(name, [value]);
    else values.push(value);
  }
  return groups;
}

/** The value of a parameter that occurs exactly once, else undefined. */
export function singleParameter(parameters: FormParameters, name: string): string | undefined {
  const values = parameters.filter(([given]) => given === name);
  return values.length === 1 ? values[0]?.[1] : undefined;
}

/** Whether a content type says that the body is a form, whatever its parameters. */
export function isFormType(contentType: string | undefined): boolean {
  return /^application\/x-www-form-urlencoded[ \t]*(;|$)/i.test(contentType ?? '');
}

function readForm(text: string): FormBody {
  const pieces = text.split('&', maxFormParameters + 1);
  if (pieces.length > maxFormParameters) return refused(`has more than ${maxFormParameters} parameters`);
  try {
    return { readable: true, parameters: pieces.filter((piece) => piece !== '').map(parameterOf) };
  } catch {
    return refused('has a percent sequence that is not UTF-8');
  }
}

function parameterOf(piece: string): readonly [name: string, value: string] {
  const at = piece.indexOf('=');
  return at === -1 ? [decoded(piece), ''] : [decoded(piece.slice(0, at)), decoded(piece.slice(at + 1))];
}

function decoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function refused(why: string): { readonly readable: false; readonly reason: string } {
  return { readable: false, reason: `the form ${why}` };
}
