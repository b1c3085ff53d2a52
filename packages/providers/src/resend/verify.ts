/** https://resend.com/docs/webhooks/verify-webhooks-requests: Resend sends through Svix. */
export { svixScheme as resendScheme } from '../schemes/svix.ts';
