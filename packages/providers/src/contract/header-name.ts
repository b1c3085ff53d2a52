import { z } from 'zod';

import { isValueArchived } from './archive.ts';

/** The name of a header, as an option of a source. */
export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}$/, 'a header name has letters, digits and "-" only')
  .describe('Name of a header; case does not matter.');

/** That of a header which repeats the secret: one whose value is archived would publish it. */
export const secretHeaderName = headerName.refine((name) => !isValueArchived(name), {
  error: ({ input }) =>
    `${String(input)} is archived with its value, so it can hold no secret: choose a header of its own`,
});
