import type { Directory, Template } from '@trunkline/sources/directory';

import type { Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';

/** A phone as a person reads it. Addresses are not shown: who may see them has the file. */
export interface ShownPhone {
  readonly id: string;
  readonly tenant: string;
  readonly numbers: readonly string[];
  readonly sources: readonly string[];
  readonly owners: readonly string[];
  readonly tells: readonly { readonly template: Template; readonly recipients: readonly string[] }[];
  readonly quiet: string | undefined;
}

export function phonesToShow(directory: Directory, tenants: readonly string[]): readonly ShownPhone[] {
  return tenants.flatMap((tenant) =>
    directory.phones(tenant).map(({ id, numbers, sources, owners, tell, quiet }) => ({
      id,
      tenant,
      numbers,
      sources,
      owners: owners.map((owner) => `${owner} (${directory.person(tenant, owner)?.name ?? 'unknown'})`),
      tells: [...tell.keys()].map((template) => ({
        template,
        recipients: directory
          .recipients(tenant, id, template)
          .map(
            ({ personId, channelId, kind }) => `${personId} by ${channelId}${channelId === kind ? '' : ` (${kind})`}`,
          ),
      })),
      quiet: quiet === undefined ? undefined : `${quiet.from} to ${quiet.to} ${quiet.zone}`,
    })),
  );
}

export function renderDirectory(phones: readonly ShownPhone[], style: Style): string {
  if (phones.length === 0) return 'there is no phone: docs/how-to/phones.md';
  return phones
    .map((phone) =>
      renderPairs(
        [
          ['phone', phone.id],
          ['tenant', phone.tenant],
          ['numbers', textOf(phone.numbers)],
          ['sources', textOf(phone.sources)],
          ['owners', textOf(phone.owners)],
          ['quiet', phone.quiet],
          ...phone.tells.map(({ template, recipients }) => [template, textOf(recipients)] as const),
        ],
        style,
      ),
    )
    .join('\n\n');
}

function textOf(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : words.join(', ');
}
