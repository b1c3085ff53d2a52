/** What a proof covers. It is the scheme's own statement, so that no page promises more than the scheme proves. */
export interface SignatureCoverage {
  /** Headers that carry the proof: a changed byte in any of them is refused. */
  readonly credentialHeaders: readonly string[];
  /** Where the proof is in the body (Mailgun): paths to its members, joined by dots. Whoever changes one is refused. */
  readonly bodyCredentials?: readonly string[];
  /** Parameters of the query that carry the proof (Salesforce): whoever changes one is refused. */
  readonly credentialParameters?: readonly string[];
  /**
   * `all`: every byte of the body is proven. `all_but`: so is it, except as `notProven` says. `items`: each item carries
   * its own proof. `none`: a token only.
   */
  readonly body: 'all' | 'all_but' | 'items' | 'none';
  /** What could be taken for proven and is not, a sentence each. With `all_but` at least one. */
  readonly notProven?: readonly string[];
  /** Whether the public URL is part of what is proven. */
  readonly url: boolean;
  readonly timestamp?: { readonly toleranceMs: number };
}
