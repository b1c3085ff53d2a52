/** https://clerk.com/docs/webhooks/sync-data: Clerk sends through Svix. Its library takes `svix-` headers only, and so do we. */
export { svixScheme as clerkScheme } from '../schemes/svix.ts';
