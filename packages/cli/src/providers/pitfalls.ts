import type { ProviderDefinition, SignatureCoverage } from '@trunkline/providers';

/** What people run into with a provider: what follows from its definition, then what the definition says itself. */
export function pitfallsOf(definition: ProviderDefinition, proof: SignatureCoverage): readonly string[] {
  return [...rules.flatMap((rule) => rule(definition, proof) ?? []), ...(definition.pitfalls ?? [])];
}

type Rule = (definition: ProviderDefinition, proof: SignatureCoverage) => string | undefined;

const rules: readonly Rule[] = [
  (_, { body }) =>
    body === 'none'
      ? 'Nothing in the body is signed: the secret in the request is all the proof there is, so post over TLS only.'
      : undefined,
  (_, { body }) =>
    body === 'items'
      ? 'Each item of a batch carries its own proof: items that do not prove themselves are dropped, the others count.'
      : undefined,
  (_, { body }) =>
    body === 'all' || body === 'all_but'
      ? 'The proof is over the bytes of the body: a proxy that changes them, by printing the JSON again for instance, breaks it.'
      : undefined,
  ({ title }, { url }) =>
    url
      ? `The signature covers the address as it is written at ${title}: scheme, host, port, path and query. Behind a proxy set \`publicBaseUrl\` of the source, and write the address the same way at both ends.`
      : undefined,
  (_, { timestamp }) =>
    timestamp === undefined
      ? 'No time is proven, so an old delivery can be posted again by whoever has it: the ids of its events are what stops a repeat.'
      : `The time of signing may be ${timestamp.toleranceMs / 1000} s from this clock, either way: keep clocks right, and do not hold deliveries back in a proxy.`,
  ({ methods }) =>
    methods.includes('GET')
      ? 'GET is accepted too: everything is in the query then, so keep queries out of access logs.'
      : undefined,
  ({ handshake }) =>
    handshake?.unsigned === undefined
      ? undefined
      : 'Its first request, which asks whether the address is yours, comes without proof and is answered all the same; nothing is published for it.',
  ({ handshake }) =>
    handshake?.signed === undefined
      ? undefined
      : 'Its first request, which asks whether the address is yours, is proven like any other: set the secret before you save the address there.',
  (definition) =>
    definition.keyMaterial === undefined
      ? undefined
      : `The ingress fetches key material from ${definition.title}: allow outgoing HTTPS to it, or every delivery is refused with \`unknown_key\`.`,
  ({ refusalStatus }) =>
    refusalStatus === undefined
      ? undefined
      : `Some refusals are not a 401 here, because it would be misread: ${Object.entries(refusalStatus)
          .map(([step, status]) => `${step} is ${status}`)
          .join(', ')}.`,
  ({ unavailableStatus }) =>
    unavailableStatus === undefined
      ? undefined
      : `While Kafka is away the answer is ${unavailableStatus}, because a 503 would be thrown away there.`,
  ({ rateLimitedStatus }) =>
    rateLimitedStatus === undefined
      ? undefined
      : `Above a limit the answer is ${rateLimitedStatus}, because a 429 would not be repeated.`,
];
