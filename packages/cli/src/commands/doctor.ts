import { type CheckReport, type CheckState, runChecks } from '@trunkline/operations';
import type { Command } from 'commander';

import { checks } from '../checks/index.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { padEnd, printable, type Style } from '../render/style.ts';
import { addExamples } from './examples.ts';

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('doctor')
    .description('look at every part of the installation and name the fix for what is wrong; changes nothing')
    .action(() => launch(run, undefined));
  addExamples(command, [
    ['trunkline doctor', 'ends with 1 when a check failed'],
    ['trunkline doctor --json', 'for monitoring'],
  ]);
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const progress = output.progress('looking');
  const reports = await runChecks(checks, context, { signal: context.signal, progress });
  const count = (state: CheckState): number => reports.filter((report) => report.state === state).length;
  const healthy = count('failed') === 0;
  output.result({ healthy, checks: reports }, () =>
    [
      ...reports.map((report) => renderReport(report, output.style)),
      '',
      `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed, ${count('skipped')} not looked at`,
    ].join('\n'),
  );
  return healthy ? 'ok' : 'refused';
}

function renderReport(report: CheckReport, style: Style): string {
  const line = `${markOf(report.state, style)} ${padEnd(report.name, 10)}  ${printable(report.detail)}`;
  return report.fix === undefined ? line : `${line}\n${' '.repeat(14)}${style.faint('fix')}  ${printable(report.fix)}`;
}

function markOf(state: CheckState, style: Style): string {
  switch (state) {
    case 'ok':
      return style.good('✓');
    case 'warning':
      return style.warn('!');
    case 'failed':
      return style.bad('✗');
    case 'skipped':
      return style.faint('–');
  }
}
