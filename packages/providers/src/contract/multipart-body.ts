import type { FormFields } from './form-body.ts';

/** Most parts that are looked at; Mailgun's largest posts have some thirty, with their attachments. */
const maxParts = 1_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const lineEnd = '\r\n';

/** Whether a content type says that the body is a form in parts (RFC 7578). */
export function isMultipartType(contentType: string | undefined): boolean {
  return /^multipart\/form-data[ \t]*(;|$)/i.test(contentType ?? '');
}

/** The fields of a form in parts; files, which have a name of their own, are left out and stay where they are. */
export function readMultipartBody(body: Uint8Array, contentType: string): FormFields {
  const [, quoted, plain] = /;[ \t]*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return unreadable('has no boundary');
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const parameters: [name: string, value: string][] = [];
  let isWhole = true;
  const delimiter = Buffer.from(`${lineEnd}--${boundary}`, 'latin1');
  // The first delimiter may stand at the very beginning, where no line ends before it.
  let at = bytes.indexOf(delimiter.subarray(lineEnd.length));
  for (let parts = 0; at !== -1; parts += 1) {
    if (parts > maxParts) return unreadable(`has more than ${maxParts} parts`);
    const start = bytes.indexOf(lineEnd, at + delimiter.length - lineEnd.length);
    const end = start === -1 ? -1 : bytes.indexOf(delimiter, start);
    if (end === -1) break; // behind the last delimiter, or cut off
    const parameter = fieldOf(bytes.subarray(start + lineEnd.length, end));
    if (parameter === 'unreadable') isWhole = false;
    else if (parameter !== undefined) parameters.push(parameter);
    at = end + lineEnd.length;
  }
  return parameters.length === 0 ? unreadable('has no field') : { readable: true, parameters, isWhole };
}

/** Undefined for a file, and for a part without a name. */
function fieldOf(part: Buffer): [name: string, value: string] | 'unreadable' | undefined {
  const head = part.indexOf(`${lineEnd}${lineEnd}`);
  if (head === -1) return undefined;
  const disposition = /^content-disposition:[ \t]*form-data\b([^\r\n]*)/im.exec(part.toString('latin1', 0, head))?.[1];
  if (disposition === undefined || /;[ \t]*filename\*?=/i.test(disposition)) return undefined;
  const name = /;[ \t]*name="([^"\r\n]*)"/i.exec(disposition)?.[1];
  if (name === undefined) return undefined;
  try {
    return [utf8.decode(Buffer.from(name, 'latin1')), utf8.decode(part.subarray(head + 2 * lineEnd.length))];
  } catch {
    return 'unreadable';
  }
}

function unreadable(why: string): FormFields {
  return { readable: false, reason: `the form ${why}` };
}
