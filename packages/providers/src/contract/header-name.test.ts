import { expect, it } from 'vitest';

import { brevo } from '../brevo/index.ts';
import { generic } from '../generic/index.ts';
import { postmark } from '../postmark/index.ts';

it.for([brevo, generic, postmark])(
  '$name takes a secret in a header of its own, and in none whose value the archive would keep',
  ({ options }) => {
    expect(options.safeParse({ scheme: 'token', header: 'X-Webhook-Token' }).success).toBe(true);
    for (const header of ['User-Agent', 'date', 'HOST'])
      expect(options.safeParse({ scheme: 'token', header }).error?.issues).toMatchObject([
        { path: ['header'], message: expect.stringContaining(`${header} is archived with its value`) },
      ]);
  },
);
