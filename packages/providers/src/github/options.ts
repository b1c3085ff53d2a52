import { z } from 'zod';

export const githubOptions = z.strictObject({});

export type GithubOptions = z.output<typeof githubOptions>;
