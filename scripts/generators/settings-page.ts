import { settingNames, settingRow } from '@trunkline/cli';

import { knownVariables } from '../variables/variables.ts';
import type { Generator } from './generator.ts';
import { banner, code, page, table } from './markdown.ts';

const variables = await knownVariables();

/** Every variable, from what reads it. */
export const settingsPage: Generator = {
  name: 'settings-page',
  files: () => new Map([['docs/settings.md', text()]]),
};

function text(): string {
  return page(
    banner('the configuration schemas'),
    '# Settings',
    'What a process reads from its environment, and what the command line may be told. What a scrape gives: [metrics](metrics.md). How to run all of it: [operate](how-to/operate.md).',
    '## Variables',
    'A blank variable counts as unset. `npm start` passes on to each service what that service reads, and names a `TRUNKLINE_` variable that nobody reads. What the OpenTelemetry SDK reads (`OTEL_*`) reaches every service.',
    table(
      ['variable', 'must be', 'default', 'read by'],
      variables.map(({ name, what, fallback, required, readers, isSecret }) => [
        code(name),
        what,
        fallback === undefined
          ? required
            ? `required${isSecret === true ? `, or its ${code('_FILE')}` : ''}`
            : 'none'
          : fallback === ''
            ? 'empty'
            : code(fallback),
        readers.join(', '),
      ]),
    ),
    '## Command line',
    'A flag comes before its variable, and both before the run of `npm start`.',
    table(
      ['flag', 'variable', 'what'],
      settingNames.map((name) => {
        const { variable, flag, what } = settingRow(name);
        return [code(flag), code(variable), what];
      }),
    ),
  );
}
