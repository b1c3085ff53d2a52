import { z } from 'zod';

export const resendOptions = z.strictObject({});

export type ResendOptions = z.output<typeof resendOptions>;
