import { InvalidArgumentError, Option } from 'commander';

const longestReason = 500;

/** `--reason`: why somebody does by hand what the command does. The audit log keeps it beside who and when. */
export function reasonOption(about = 'why'): Option {
  const what = `${about}; kept in the audit log (at most ${longestReason} characters)`;
  return new Option('--reason <text>', what).argParser(reasonArgument);
}

/** The same, of a command that is not done without one. */
export function requiredReason(): Option {
  return reasonOption('why, in your own words').makeOptionMandatory();
}

function reasonArgument(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= longestReason) return reason;
  throw new InvalidArgumentError(`Say why, in 1 to ${longestReason} characters.`);
}
