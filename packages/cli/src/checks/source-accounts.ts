import { few, ok, warning } from '@trunkline/operations';

import { openCatalog } from '../source-access.ts';
import type { CommandCheck } from './command-check.ts';

/** One account behind two sources of a tenant gives every fact two event ids. */
export const sourceAccounts: CommandCheck = {
  name: 'accounts',
  requires: ['sources'],
  async run(context) {
    const byAccount = new Map<string, string[]>();
    for (const source of (await openCatalog(context)).all()) {
      const { account } = source.settings;
      if (account === undefined || source.state === 'retired') continue;
      const key = JSON.stringify([source.tenantId, source.provider.name, account]);
      byAccount.set(key, [...(byAccount.get(key) ?? []), source.sourceId]);
    }
    const doubled = [...byAccount.values()].filter((sourceIds) => sourceIds.length > 1);
    return doubled.length === 0
      ? ok('no account is behind two sources of a tenant')
      : warning(
          `one account behind several sources, so each fact gets several event ids: ${few(doubled.map((sourceIds) => sourceIds.join(' = ')))}`,
          'let both endpoints post to one source and list both secrets there',
        );
  },
};
