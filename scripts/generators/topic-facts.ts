import { factsOf } from '@trunkline/cli';
import { topicPlan } from '@trunkline/kafka';
import { providers } from '@trunkline/providers';

import { largestBodyBytes, topicEntry, topics, type Topic, typeRank } from '../../packages/events/src/catalogue.ts';
import type { TopicEntry } from '../../packages/events/src/catalogue/topic-entry.ts';
import type { GeneratorInput, RecordSchema } from './generator.ts';
import { type TopicExample, topicExamples } from './topic-examples.ts';
import { type TopicWords, topicWords } from './topic-words.ts';

/** Everything that is said to a subscriber about one topic, as values: for its page and for the AsyncAPI document. */
export interface TopicFacts {
  readonly topic: Topic;
  readonly entry: TopicEntry;
  readonly words: TopicWords;
  readonly schema: RecordSchema;
  /** The number of the schema below schemas/released. */
  readonly release: number;
  readonly types: readonly string[];
  readonly partitions: number;
  readonly replicas: number;
  readonly config: Readonly<Record<string, string>>;
  readonly feeds: readonly Feed[];
  readonly example: TopicExample | undefined;
}

/** What one provider calls the events that arrive on a topic. */
export interface Feed {
  readonly provider: string;
  readonly title: string;
  readonly type: string;
  /** `*` is everything that has no canonical form. */
  readonly from: readonly string[];
}

/** docs/records.md: what `trunkline topics apply` creates unless it is told otherwise. */
const standardPlan = {
  partitions: 12,
  replicationFactor: 3,
  largestBodyBytes,
  groups: [],
  retryTiers: [],
};

export function topicFacts(input: GeneratorInput): readonly TopicFacts[] {
  const plan = new Map(topicPlan(standardPlan).map((spec) => [spec.topic, spec]));
  const examples = topicExamples();
  const feeds = allFeeds();
  return topics.map((topic) => {
    const entry = topicEntry(topic);
    const spec = plan.get(topic);
    const schema = input.schemas.get(topic)?.schema;
    if (spec === undefined || schema === undefined) throw new Error(`${topic} has no plan or no schema`);
    return {
      topic,
      entry,
      words: topicWords[topic],
      schema,
      release: input.releases.get(entry.subject)?.length ?? 0,
      types: Object.keys(entry.types),
      partitions: spec.partitions,
      replicas: spec.replicationFactor,
      config: spec.config,
      feeds: feeds.filter(({ type }) => typeRank(topic, type) !== undefined),
      example: examples.get(topic),
    };
  });
}

function allFeeds(): readonly Feed[] {
  return [...providers]
    .sort((left, right) => (left.title < right.title ? -1 : 1))
    .flatMap((provider) => {
      const { name, title, events } = factsOf(provider);
      return events.map(({ type, from }) => ({ provider: name, title, type, from }));
    });
}

const dayMs = 86_400_000;

export function retentionDays({ config }: TopicFacts): number {
  return Number(config['retention.ms']) / dayMs;
}
