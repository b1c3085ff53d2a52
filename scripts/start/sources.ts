/** Tells in the terminal of `npm start` what an edit of the sources file does, as the ingress reads it. */
import { type Problem, renderProblems, type SourcesWatch, watchSources } from '@trunkline/sources';

export interface TellSources {
  readonly sourcesFile: string;
  readonly secretsFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

/** Says what was added, changed and lost, what is broken and what will not work as meant. Whoever starts it closes it. */
export function tellSources({ sourcesFile, secretsFile, env, say }: TellSources): Promise<SourcesWatch> {
  const tell = (problems: readonly Problem[], headline: string): void => {
    if (problems.length > 0) say(`${headline}\n${renderProblems(sourcesFile, problems).trimEnd()}`);
  };
  return watchSources(sourcesFile, {
    env,
    secretsFile,
    onChange: ({ warnings, changes }) => {
      const told = (['added', 'changed', 'lost'] as const)
        .filter((how) => changes[how].length > 0)
        .map((how) => `${how}: ${changes[how].join(', ')}`);
      if (told.length > 0) say(`sources ${told.join('; ')}`);
      if (changes.lost.length > 0) {
        say('what is posted to a lost source is answered 404; let one that is over be `state: retired`');
      }
      tell(warnings, 'the sources file is in force, but not all of it will work as meant');
    },
    onProblems: (problems) => tell(problems, 'the sources file is broken; what was in force stays in force'),
  });
}
