import { type ReceivedRequest, withHeader } from '../contract/request.ts';

/** A header value with the character at `index` changed to another printable one, and never only in its letter case. */
export function withChangedCharacter(text: string, index: number): string {
  const unit = text.charCodeAt(index);
  const changed = unit >= 0x21 && unit < 0x7e ? unit + 1 : 0x21;
  return text.slice(0, index) + String.fromCharCode(changed) + text.slice(index + 1);
}

export function withChangedByte(bytes: Uint8Array, index: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[index] = (changed[index] ?? 0) ^ 0x01;
  return changed;
}

export function withBodyText(request: ReceivedRequest, change: (text: string) => string): ReceivedRequest {
  return { ...request, body: Buffer.from(change(Buffer.from(request.body).toString('utf8'))) };
}

/** At most `most` positions spread over a length: the first, the last and those between. */
export function positions(length: number, most: number): readonly number[] {
  if (length <= most) return Array.from({ length }, (_, index) => index);
  return Array.from({ length: most }, (_, index) => Math.round((index * (length - 1)) / (most - 1)));
}

export function valueOf(request: ReceivedRequest, name: string): string {
  return request.headers.find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1] ?? '';
}

export function withoutHeader(request: ReceivedRequest, name: string): ReceivedRequest {
  return { ...request, headers: request.headers.filter(([given]) => given.toLowerCase() !== name.toLowerCase()) };
}

export function withDuplicate(request: ReceivedRequest, name: string): ReceivedRequest {
  return { ...request, headers: [...request.headers, [name.toUpperCase(), valueOf(request, name)]] };
}

export function withValue(request: ReceivedRequest, name: string, change: (value: string) => string): ReceivedRequest {
  return withHeader(request, name, change(valueOf(request, name)));
}

/** Timestamps that lenient readers take for a number; none is the plain decimal a provider writes. */
export function oddTimestamps(timestamp: string): readonly string[] {
  return [
    '',
    'Infinity',
    'NaN',
    '-1',
    `-${timestamp}`,
    `+${timestamp}`,
    ` ${timestamp}`,
    `${timestamp} `,
    `0${timestamp}`,
    `${timestamp}.0`,
    `${timestamp}e0`,
    `0x${Number(timestamp).toString(16)}`,
    '1e9',
    '9'.repeat(40),
    '\u0661\u0662\u0663',
  ];
}
