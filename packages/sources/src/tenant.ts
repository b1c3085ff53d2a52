import { isRegion } from '@trunkline/addresses';
import { z } from 'zod';

const tenantId = z
  .string()
  .max(64)
  .regex(/^tnt_[a-z0-9_]+$/)
  .describe(
    'The id of the tenant: tnt_ and lower-case letters, digits or "_", such as tnt_acme. It is in every record, so never change it.',
  );

export interface TenantEntry {
  readonly id: string;
  readonly name: string;
  /** What a telephone number without its country is taken to be of. */
  readonly region?: string | undefined;
}

export const tenantSchema: z.ZodType<TenantEntry> = z
  .strictObject({
    id: tenantId,
    name: z.string().trim().min(1).max(200).describe('What people call the tenant, such as Acme Ltd.'),
    region: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .refine(isRegion, 'is no region that has telephone numbers')
      .optional()
      .describe(
        'Where a telephone number without its country is from: two capital letters, such as DE, GB or US. Default: such a number belongs to nobody.',
      ),
  })
  .describe('A customer of this installation: { id: tnt_…, name: … }.');
