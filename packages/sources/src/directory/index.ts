export { type Problem, renderProblems } from '../problem.ts';
export { flawsOf, type Followed, linesOf, standingOf } from '../standing.ts';
export {
  type Channel,
  type ChannelKind,
  createDirectory,
  type Directory,
  type DirectoryContent,
  emptyDirectory,
  type Operator,
  type OperatorRecipient,
  type Person,
  type Phone,
  type Recipient,
} from './directory.ts';
export { type Ends, phoneOfEnds, phoneOfText } from './links.ts';
export { listAddressVariables, loadDirectory, type LoadedDirectory } from './load.ts';
export {
  isOperatorTemplate,
  type OperatorTemplate,
  operatorTemplateNames,
  operatorTemplates,
} from './operator-templates.ts';
export type { PersonId } from './person.ts';
export type { PhoneId, QuietHours } from './phone.ts';
export { isTemplate, type Template, templateNames, templates } from './templates.ts';
export { type DirectoryWatch, type DirectoryWatchOptions, watchDirectory } from './watch.ts';
