/** What a key of the HTTP API may be for, and what each lets it do. One more is a line. */
export const apiScopes = {
  'endpoints:read': 'see endpoints and how they fare',
  'endpoints:write': 'make, change and delete endpoints, and rotate their secrets',
  'messages:read': 'see messages, attempts and what was not delivered',
  'messages:write': 'send messages again',
  'jobs:read': 'see bulk work and how far it is',
  'jobs:write': 'ask for bulk work on messages, pause and cancel it',
} as const;

export type ApiScope = keyof typeof apiScopes;

export const apiScopeNames: readonly ApiScope[] = Object.keys(apiScopes) as ApiScope[]; // the keys of the very table
