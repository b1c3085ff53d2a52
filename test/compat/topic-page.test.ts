import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { createEventCodec, schemaTexts, topicEntry, type RecordOf, type Topic, topics } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { anchorOf } from '../../scripts/generators/markdown.ts';
import { topicExamples } from '../../scripts/generators/topic-examples.ts';

const root = join(import.meta.dirname, '../..');
const page = await readFile(join(root, 'docs/topics.md'), 'utf8');
const examples = topicExamples();
const howTo = await readFile(join(root, 'docs/how-to/subscribe.md'), 'utf8');

describe('the catalogue of topics', () => {
  it.each(topics)('leads to %s and says its types, its fields and how long it is kept', (topic) => {
    const section = sectionOf(topic);
    // Composed by the generator that wrote this text; test/compat/schemas.test.ts holds it to the rules.
    const schema = JSON.parse(schemaTexts[topic]) as { readonly fields: readonly { readonly name: string }[] };
    const words = [...Object.keys(topicEntry(topic).types), ...schema.fields.map(({ name }) => name)];

    expect(page).toContain(`| [${topic}](#${anchorOf(topic)}) | ${topic === 'ingress.rejection.v1' ? 3 : 7} days |`);
    expect(words.filter((word) => !section.includes(`\`${word}\``))).toEqual([]);
    expect(section).toMatch(/\| Order \| among the records of .+ \|/);
  });

  it.each(topics)('shows a record of %s that fits its schema', async (topic) => {
    const example = examples.get(topic);
    const codec = await createEventCodec({
      registry: { idOf: () => Promise.resolve(1), schemaOf: () => Promise.resolve(schemaTexts[topic]) },
      topics: [topic],
    });
    const record = withBytes(topic, example?.value ?? {});

    const read = await codec.decode(topic, codec.encode(topic, record));

    expect(read).toEqual(record);
    expect(sectionOf(topic)).toContain(JSON.stringify(example?.value, undefined, 2));
    expect(example?.key).toMatch(/^[^:]+(:[^:]+)+$/);
  });
});

describe('the pages for subscribers', () => {
  it('show the programs that the end-to-end tests run', () => {
    for (const file of ['subscriber.py', 'subscriber.mjs', 'requirements.txt']) {
      const program = readFileSync(join(root, 'docs/how-to/subscribe', file), 'utf8');
      expect(howTo, file).toContain(`\n${program.trimEnd()}\n\`\`\`\n`);
    }
  });

  it('name the versions of the libraries that their tests run with', () => {
    const manifest = readFileSync(join(root, 'packages/kafka/package.json'), 'utf8');
    // npm has read it before us.
    const { dependencies } = JSON.parse(manifest) as { readonly dependencies: Readonly<Record<string, string>> };

    for (const library of ['kafkajs', '@kafkajs/confluent-schema-registry'])
      expect(howTo).toContain(`${library}@${dependencies[library]}`);
  });

  it.each(['docs/topics.md', 'docs/how-to/subscribe.md'])('have no link that leads nowhere: %s', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link]) => link ?? '');

    const broken = links.filter((link) => !leadsSomewhere(link, file));

    expect(links.length).toBeGreaterThan(3);
    expect(broken).toEqual([]);
  });
});

function sectionOf(topic: Topic): string {
  const [, after = ''] = page.split(`\n## ${topic}\n`);
  return after.split('\n## ')[0] ?? '';
}

/** Bytes are base64 in JSON. */
function withBytes<T extends Topic>(topic: T, value: Readonly<Record<string, unknown>>): RecordOf<T> {
  const hasBytes = topic === 'integration.event.v1' || topic === 'ingress.delivery.v1';
  const record = hasBytes ? { ...value, body: Buffer.from(String(value['body']), 'base64') } : value;
  // Whether it is one is what the codec is about to say.
  return record as unknown as RecordOf<T>;
}

function leadsSomewhere(link: string, from: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = join(root, path === '' ? from : join(dirname(from), path));
  if (!existsSync(file)) return false;
  if (anchor === undefined) return true;
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading ?? '');
  return headings.some((heading) => anchorOf(heading) === anchor);
}
