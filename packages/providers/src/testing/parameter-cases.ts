import { expect, it } from 'vitest';

import { maxHeaderBytes, type ReceivedRequest } from '../contract/request.ts';
import { outcomeOf, signed, type Subject } from './conformance.ts';
import { positions, withChangedCharacter } from './tampering.ts';

/** A proof that stands in the query is attacked like one that stands in headers. */
export function describeParameters<O>(subject: Subject<O>): void {
  const { credentialParameters = [] } = subject.definition.coverage(subject.settings.options);

  it.for(credentialParameters)('refuses a changed character anywhere in the parameter %s', (name) => {
    const value = parameterOf(signed(subject), name);

    const accepted = positions(value.length, 200).filter(
      (at) => outcomeOf(subject, withParameters(subject, [[name, withChangedCharacter(value, at)]])) === 'accepted',
    );

    expect(value).not.toBe('');
    expect(accepted).toEqual([]);
  });

  it.for(credentialParameters)(
    'refuses the parameter %s when it is absent, empty, repeated, overlong or padded',
    (name) => {
      const value = parameterOf(signed(subject), name);
      const outcomeWith = (...values: readonly string[]): string =>
        outcomeOf(
          subject,
          withParameters(
            subject,
            values.map((one) => [name, one]),
          ),
        );

      expect(outcomeWith()).toBe('missing_header');
      expect(outcomeWith('')).toBe('missing_header');
      expect(outcomeWith(value, value)).toBe('malformed_header');
      expect(outcomeWith(value + 'a'.repeat(maxHeaderBytes))).toBe('malformed_header');
      expect(outcomeWith(`${value}é`)).toBe('malformed_header');
      expect(outcomeWith(` ${value}`)).not.toBe('accepted');
      expect(outcomeWith(value.slice(0, -1))).not.toBe('accepted');
      expect(outcomeWith(value.toUpperCase() + 'a')).not.toBe('accepted');
      expect(outcomeWith(value)).toBe('accepted');
    },
  );
}

function parameterOf({ target }: ReceivedRequest, name: string): string {
  return new URLSearchParams(target.slice(target.indexOf('?') + 1)).get(name) ?? '';
}

function withParameters<O>(
  { request }: Subject<O>,
  parameters: readonly (readonly [name: string, value: string])[],
): ReceivedRequest {
  const query = new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString();
  const [path = ''] = request.target.split('?');
  const [url = ''] = request.publicUrl.split('?');
  return { ...request, target: `${path}?${query}`, publicUrl: `${url}?${query}` };
}
