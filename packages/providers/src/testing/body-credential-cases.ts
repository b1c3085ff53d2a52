import { expect, it } from 'vitest';

import { isFormType, readFormBody } from '../contract/form-body.ts';
import { maxHeaderBytes, type ReceivedRequest, singleHeader } from '../contract/request.ts';
import { outcomeOf, signed, type Subject } from './conformance.ts';
import { positions, withChangedCharacter } from './tampering.ts';

/** A proof that stands in the body is attacked like one that stands in headers. */
export function describeBodyCredentials<O>(subject: Subject<O>): void {
  const { bodyCredentials = [] } = subject.definition.coverage(subject.settings.options);

  it.for(bodyCredentials)('refuses a changed character anywhere in %s of the body', (path) => {
    const request = signed(subject);
    const { length } = valueAt(request, path);

    const accepted = positions(length, 200).filter(
      (at) =>
        outcomeOf(
          subject,
          withValueAt(request, path, (value) => withChangedCharacter(value, at)),
        ) === 'accepted',
    );

    expect(length).toBeGreaterThan(0);
    expect(accepted).toEqual([]);
  });

  it.for(bodyCredentials)('refuses %s of the body when it is absent, repeated or of another form', (path) => {
    const request = signed(subject);
    const changed = (change: (value: string) => unknown): string =>
      outcomeOf(subject, withValueAt(request, path, change));

    for (const value of [undefined, null, '', [], {}]) expect(changed(() => value)).toBe('missing_header');
    expect(changed((value) => value + 'a'.repeat(maxHeaderBytes))).toBe('malformed_header');
    expect(changed((value) => `${value}é`)).toBe('malformed_header');
    expect(changed((value) => `${value}\u0000`)).toBe('malformed_header');
    expect(changed((value) => ` ${value}`)).not.toBe('accepted');
    expect(changed((value) => `${value} `)).not.toBe('accepted');
    expect(changed((value) => value.slice(0, -1))).not.toBe('accepted');
    expect(changed((value) => value.toUpperCase() + 'a')).not.toBe('accepted');
    expect(outcomeOf(subject, withRepeated(request, path))).toBe('malformed_header');
  });
}

function valueAt(request: ReceivedRequest, path: string): string {
  let value: unknown = parsed(request);
  for (const name of path.split('.')) value = isRecord(value) ? value[name] : undefined;
  return typeof value === 'string' ? value : '';
}

function withValueAt(request: ReceivedRequest, path: string, change: (value: string) => unknown): ReceivedRequest {
  const body = parsed(request);
  const names = path.split('.');
  const last = names.pop() ?? '';
  let owner: unknown = body;
  for (const name of names) owner = isRecord(owner) ? owner[name] : undefined;
  if (isRecord(owner)) owner[last] = change(valueAt(request, path));
  return { ...request, body: written(request, body) };
}

function withRepeated(request: ReceivedRequest, path: string): ReceivedRequest {
  const value = valueAt(request, path);
  if (isForm(request)) {
    return { ...request, body: Buffer.concat([request.body, Buffer.from(`&${path}=${encodeURIComponent(value)}`)]) };
  }
  const last = path.split('.').at(-1) ?? '';
  const once = `${JSON.stringify(last)}:${JSON.stringify(value)}`;
  const text = JSON.stringify(parsed(request)).replace(once, `${once},${once}`);
  return { ...request, body: Buffer.from(text) };
}

/** A form has one level of members, and what is no text is empty in it. */
function isForm(request: ReceivedRequest): boolean {
  return isFormType(singleHeader(request, 'content-type'));
}

function written(request: ReceivedRequest, body: unknown): Buffer {
  if (!isForm(request) || !isRecord(body)) return Buffer.from(JSON.stringify(body));
  const pairs = Object.entries(body).filter(([, value]) => value !== undefined);
  return Buffer.from(
    pairs
      .map(([name, value]) => [name, typeof value === 'string' ? value : ''].map(encodeURIComponent).join('='))
      .join('&'),
  );
}

function parsed(request: ReceivedRequest): unknown {
  if (isForm(request)) {
    const form = readFormBody(request.body);
    return form.readable ? Object.fromEntries(form.parameters) : {};
  }
  return JSON.parse(Buffer.from(request.body).toString('utf8'));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
