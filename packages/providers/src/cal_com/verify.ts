import type { ReceivedRequest } from '../contract/request.ts';
import { singleHeader } from '../contract/request.ts';
import type { Secret } from '../contract/secret.ts';
import { rejected, type Verdict } from '../contract/verdict.ts';
import { headerHmac, rawBody } from '../schemes/header-hmac.ts';
import type { Scheme } from '../schemes/scheme.ts';

const header = 'X-Cal-Signature-256';

/** What Cal.com writes in the place of a signature while the webhook has no secret. */
const unsigned = 'no-secret-provided';

const bodyHmac = headerHmac({ header, algorithm: 'sha256', encoding: 'hex', prefix: '', message: rawBody });

/** https://cal.com/docs/developing/guides/automation/webhooks. No time is signed: a replay is stopped by its ids alone. */
export const calComScheme: Scheme = {
  coverage: bodyHmac.coverage,
  verify: (request: ReceivedRequest, secrets: readonly Secret[], nowMs: number): Verdict => {
    const verdict = bodyHmac.verify(request, secrets, nowMs);
    // It is refused as any wrong signature is; only the reason is worth saying, because it is one click to repair.
    if (verdict.accepted || singleHeader(request, header) !== unsigned) return verdict;
    return rejected('unsupported_version', `Cal.com sent ${header} without a signature: set a secret on the webhook`);
  },
  sign: (request, secret, nowMs) => bodyHmac.sign(request, secret, nowMs),
};
