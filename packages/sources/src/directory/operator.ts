import { z } from 'zod';

import { operatorTemplateNames, operatorTemplates } from './operator-templates.ts';
import { personId } from './person.ts';

const alertsSaid = operatorTemplateNames.map((name) => `${name} (${operatorTemplates[name]})`).join(', ');

export const operatorSchema = z
  .strictObject({
    person: personId.describe('Who is told: a person of this file, such as per_ada. Its tenant has a sender for it.'),
    channels: z
      .array(z.string().describe('The id of a channel of the person, such as mail.'))
      .min(1)
      .max(8)
      .describe('By which of the channels of the person, such as [mail].'),
    alerts: z
      .array(z.enum(operatorTemplateNames).describe('What is told.'))
      .min(1)
      .max(operatorTemplateNames.length)
      .optional()
      .describe(`Of what alone, of: ${alertsSaid}. Default: all of it.`),
  })
  .describe(
    'Somebody who runs this installation and is told what needs a person: { person: per_…, channels: [mail] }.',
  );

export type OperatorEntry = z.output<typeof operatorSchema>;
