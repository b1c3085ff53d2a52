import type { Domain } from '@trunkline/providers';

/** What the author of a new provider decides before there is a file. */
export interface ScaffoldPlan {
  /** The word in trunkline.yaml and the folder's name. */
  readonly name: string;
  readonly title: string;
  readonly docsUrl: string;
  readonly domain: Domain;
  /** The header that carries the signature. */
  readonly header: string;
  /** The provider's own name of the event of the first fixture. */
  readonly event: string;
}

/** Every domain, checked by the compiler to be complete. */
const domains: Readonly<Record<Domain, true>> = {
  telephony: true,
  payments: true,
  calendar: true,
  crm: true,
  communications: true,
  identity: true,
  analytics: true,
  integration: true,
};

export const domainNames: readonly string[] = Object.keys(domains);

export function isDomain(text: string): text is Domain {
  return Object.hasOwn(domains, text);
}

/** `lemon_squeezy` as `lemonSqueezy`: the name of the definition in code. */
export function constantOf(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `lemon_squeezy` as `LemonSqueezy`: inside the name of a function. */
export function capitalizedOf(name: string): string {
  const constant = constantOf(name);
  return constant.charAt(0).toUpperCase() + constant.slice(1);
}

/** `lemon_squeezy` as `Lemon Squeezy`. */
export function titleOf(name: string): string {
  return name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}
