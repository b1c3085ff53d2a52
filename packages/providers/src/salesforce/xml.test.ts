import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { childOf, maxXmlAttributes, maxXmlDepth, maxXmlElements, readXml, type XmlElement } from './xml.ts';

function read(text: string | Uint8Array): XmlElement | string {
  const document = readXml(typeof text === 'string' ? Buffer.from(text) : text);
  return document.readable ? document.root : document.reason;
}

describe('XML', () => {
  it('is read with its elements, attributes and text, without prefixes and declarations of namespaces', () => {
    const root = read(
      '<?xml version="1.0" encoding="UTF-8"?>\n<s:a xmlns:s="u" s:b=\'1 &amp; 2\'> <s:c>x</s:c>y<d/>\n</s:a>\n',
    );

    expect(root).toMatchObject({
      name: 'a',
      text: ' y\n',
      children: [
        { name: 'c', text: 'x' },
        { name: 'd', text: '' },
      ],
    });
    expect(typeof root === 'string' ? root : [...root.attributes]).toEqual([['b', '1 & 2']]);
  });

  it.for([
    ['&lt;&gt;&amp;&quot;&apos;', '<>&"\''],
    ['&#65;&#x42;&#x1F600;', 'AB😀'],
    ['<![CDATA[<x> & ]]&gt;]]>', '<x> & ]]&gt;'],
    ['a<!-- b -->c', 'ac'],
    ['a\r\nb\rc', 'a\nb\nc'],
    ['é😀', 'é😀'],
  ] as const)('%s is the text %s', ([written, expected]) => {
    expect(read(`<a>${written}</a>`)).toMatchObject({ text: expected });
  });

  it.for([
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['a plain document type', '<!DOCTYPE a><a/>'],
    ['an entity of its own', '<a>&b;</a>'],
    ['an entity without an end', '<a>&amp</a>'],
    ['a bare ampersand', '<a>a & b</a>'],
    ['an entity in an attribute', '<a b="&c;"/>'],
    ['a character XML does not have, as a reference', '<a>&#0;</a>'],
    ['a surrogate, as a reference', '<a>&#xD800;</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['a processing instruction', '<a><?php x ?></a>'],
    ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'],
    ['a tag that is not closed', '<a><b></a>'],
    ['tags that cross', '<a><b></a></b>'],
    ['an end without a beginning', '</a>'],
    ['two roots', '<a/><b/>'],
    ['text after the root', '<a/>x'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['an attribute without quotes', '<a b=1/>'],
    ['a bracket in an attribute', '<a b="<"/>'],
    ['a comment without an end', '<a><!-- </a>'],
    ['CDATA without an end', '<a><![CDATA[ </a>'],
    ['CDATA outside of the root', '<![CDATA[x]]><a/>'],
    ['nothing', ''],
    ['blanks', ' \n'],
    ['no XML', '{"a":1}'],
    ['a tag of blanks', '< a/>'],
  ] as const)('with %s is refused', ([, text]) => {
    expect(typeof read(text)).toBe('string');
  });

  it('that is not UTF-8 is refused', () => {
    expect(read(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]))).toBe('the body is not UTF-8');
  });

  it('is read to its limits, and refused beyond them', () => {
    const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
    const wide = (elements: number): string => `<a>${'<b/>'.repeat(elements - 1)}</a>`;
    const described = (attributes: number): string =>
      `<a${Array.from({ length: attributes }, (_, index) => ` b${index}="1"`).join('')}/>`;

    for (const [write, limit] of [
      [nested, maxXmlDepth],
      [wide, maxXmlElements],
      [described, maxXmlAttributes],
    ] as const) {
      expect(typeof read(write(limit))).not.toBe('string');
      expect(typeof read(write(limit + 1))).toBe('string');
    }
  });

  it('of any bytes costs an answer and never a throw, and its time grows with its length only', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('<', '>', '/', 'a', '="', '"', '&', ';', '#x', '!--', '-->', '<![CDATA[', ' ', '\n'), {
          maxLength: 200,
        }),
        (pieces) => {
          expect(() => read(pieces.join(''))).not.toThrow();
        },
      ),
      { numRuns: 500 },
    );

    const started = process.cpuUsage();
    for (const piece of ['<', '<a ', '<a b="', '&', '<!--', '&#x', '<a><b', ' b="1"'])
      read(`<a${piece.repeat(100_000)}`);
    // Some 50 ms of them all; their squares would be minutes.
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(5_000);
  });

  it('tells where an element stands, so that it can be passed on as it was written', () => {
    const text = '<a><b x="1">é</b></a>';
    const root = read(text);

    const b = typeof root === 'string' ? undefined : childOf(root, 'b');

    expect(text.slice(b?.start, b?.end)).toBe('<b x="1">é</b>');
  });
});
