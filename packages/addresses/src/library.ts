import { createRequire } from 'node:module';

import type * as Library from 'libphonenumber-js/min';

const load = createRequire(import.meta.url);
let library: typeof Library | undefined;

/**
 * What knows telephone numbers, loaded when the first one is asked about: 92 files, which are a tenth of what a service
 * loads. Most services, and most commands, see no number.
 */
export function phoneNumbers(): typeof Library {
  // The types are the library's own.
  return (library ??= load('libphonenumber-js/min') as typeof Library);
}
