import type { ExactObject } from '@trunkline/events';

import { type FormParameters, groupedParameters } from './form-body.ts';

/**
 * A form as an object to read facts from: an empty value says nothing in a form, so it is absent; a parameter with two
 * different values has no agreed meaning, so it is absent as well.
 */
export function formObject(parameters: FormParameters): ExactObject {
  // Without a prototype `__proto__` is a name like any other; Object.create has no type of its own.
  const members = Object.create(null) as Record<string, string>;
  for (const [name, values] of groupedParameters(parameters)) {
    const [value] = values;
    if (value === undefined || value === '' || values.some((other) => other !== value)) continue;
    members[name] = value;
  }
  return members;
}
