import { z } from 'zod';

export const telnyxOptions = z.strictObject({});

export type TelnyxOptions = z.output<typeof telnyxOptions>;
