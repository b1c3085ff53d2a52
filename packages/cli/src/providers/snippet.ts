import type { ProviderFacts } from './facts.ts';

/** The variable that samples take the secret of a provider from. */
export function variableOf(name: string): string {
  return `${name.toUpperCase()}_SECRET`;
}

/** An entry of `sources` in trunkline.yaml, ready to be pasted into a fresh installation. */
export function snippetOf({ name, account, sampleOptions, proof }: ProviderFacts): string {
  return [
    `- id: src_${name}`,
    '  tenant: tnt_demo',
    `  provider: ${name}`,
    ...(account.from === 'configured' ? [`  account: ${account.example ?? '<the account>'}`] : []),
    `  secrets: [env:${variableOf(name)}]`,
    ...(proof.url ? ['  publicBaseUrl: https://hooks.example.com'] : []),
    // JSON is YAML.
    ...(sampleOptions === undefined ? [] : [`  options: ${JSON.stringify(sampleOptions)}`]),
  ].join('\n');
}

/** What a source can be told whatever its provider is. */
export const commonSettings =
  'Every source also takes `publicBaseUrl`, `bodyLimitBytes`, `acceptDeadlineMs`, `allowAddresses`, `rate` and `state` (`trunkline config schema` says what they are).';
