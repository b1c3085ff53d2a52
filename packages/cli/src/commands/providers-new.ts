import { type Command, InvalidArgumentError } from 'commander';

import { urlArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { domainNames, isDomain, type ScaffoldPlan, titleOf } from '../providers/scaffold/plan.ts';
import { writeScaffold } from '../providers/scaffold/write.ts';
import { addExamples } from './examples.ts';

export type NewOptions = Pick<ScaffoldPlan, 'name' | 'domain' | 'event'> &
  Partial<Pick<ScaffoldPlan, 'title' | 'docsUrl' | 'header'>>;

export function define(group: Command, launch: Launch): void {
  const command = group
    .command('new')
    .description(
      'write the folder of a new provider, which passes the conformance suite, and its line in the catalogue',
    )
    .argument('<name>', 'the word in trunkline.yaml: postmark, lemon_squeezy')
    .option('--title <text>', 'what the provider calls itself; else the name')
    .option('--docs-url <url>', 'the page on its webhooks', urlArgument)
    .option('--domain <domain>', `one of ${domainNames.join(', ')}`, domainArgument, 'integration')
    .option('--header <name>', 'the header with the signature; else X-<Title>-Signature', headerArgument)
    .option('--event <name>', 'the provider’s own name of the first event', eventArgument, 'order.created')
    .action((name: string, options: Omit<NewOptions, 'name'>) => launch(run, { ...options, name }));
  addExamples(command, [
    ['trunkline providers new postmark --domain communications', 'start from an HMAC of the body in a header'],
    ['trunkline providers new lemon_squeezy --header X-Signature --event order_created', 'with the real names'],
  ]);
}

export async function run(options: NewOptions, context: CommandContext): Promise<ExitName> {
  const { name, domain, event } = options;
  const title = options.title ?? titleOf(name);
  const header = options.header ?? `X-${title.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}-Signature`;
  const docsUrl = options.docsUrl ?? 'https://example.com/webhooks';
  const files = await writeScaffold({ name, title, docsUrl, domain, header, event }, context.directory);
  const next = [
    `npx trunkline providers fixtures ${name}`,
    `npx vitest run --project unit packages/providers/src/${name}`,
    'npm run format && npm run generate && npm run check',
  ];
  context.output.result({ name, files, next }, () =>
    [
      ...files.map((file) => `${context.output.style.good('✓')} ${file}`),
      '',
      'It verifies, and passes on what it verified. Now make it true: the scheme, the sentences, fixtures of every event.',
      ...next.map((line) => context.output.style.accent(line)),
    ].join('\n'),
  );
  return 'ok';
}

function domainArgument(text: string): string {
  if (!isDomain(text)) throw new InvalidArgumentError(`Give one of ${domainNames.join(', ')}.`);
  return text;
}

function headerArgument(text: string): string {
  if (!/^[A-Za-z0-9-]{1,100}$/.test(text)) throw new InvalidArgumentError('Give letters, digits and "-" only.');
  return text;
}

/** It names files. */
function eventArgument(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)) {
    throw new InvalidArgumentError('Give letters, digits, ".", "_" and "-" only; it names the files of the fixture.');
  }
  return text;
}
