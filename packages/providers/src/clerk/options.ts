import { z } from 'zod';

export const clerkOptions = z.strictObject({});

export type ClerkOptions = z.output<typeof clerkOptions>;
