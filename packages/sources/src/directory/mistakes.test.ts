import { describe, expect, it } from 'vitest';

import { ada, bob, type DirectoryParts, directoryText, loadDirectoryText } from '../testing/directory-text.ts';
import { problemsOf, told } from '../testing/temporary-sources.ts';

function phone(more: string): string {
  return `{ id: phn_a, tenant: tnt_a, ${more} }`;
}

async function mistakesIn(parts: DirectoryParts): Promise<readonly string[]> {
  const loaded = await loadDirectoryText(directoryText(parts));
  return 'problems' in loaded ? told(loaded.problems).map((text) => text.replace(/^\d+:\d+ /, '')) : [];
}

describe('a mistake in people and phones', () => {
  it.each<readonly [string, DirectoryParts, readonly string[]]>([
    [
      'a number on two phones of a tenant, in two spellings',
      { phones: [phone('numbers: ["+15005550006"]'), '{ id: phn_z, tenant: tnt_a, numbers: ["+1 (500) 555-0006"] }'] },
      ['phones[1].numbers[0]: the number belongs to "phn_a" already; keep it in one place'],
    ],
    [
      'a number twice on one phone',
      { phones: [phone('numbers: ["+15005550006", "+15005550006"]')] },
      ['phones[0].numbers[1]: the number belongs to "phn_a" already; keep it in one place'],
    ],
    [
      'a source on two phones',
      { phones: [phone('sources: [src_a]'), '{ id: phn_z, tenant: tnt_a, sources: [src_a] }'] },
      ['phones[1].sources[0]: the source belongs to "phn_a" already; keep it in one place'],
    ],
    [
      'a source that is not there',
      { phones: [phone('sources: [src_aa]')] },
      ['phones[0].sources[0]: there is no source "src_aa"; did you mean "src_a"?'],
    ],
    [
      "another tenant's source",
      { phones: [phone('sources: [src_b]')] },
      [
        'phones[0].sources[0]: "src_b" is a source of the tenant "tnt_b", and the phone one of "tnt_a"; did you mean "src_a"?',
      ],
    ],
    [
      'an owner who is not there',
      { people: [ada], phones: [phone('owners: [per_adda]')] },
      ['phones[0].owners[0]: there is no person "per_adda"; did you mean "per_ada"?'],
    ],
    [
      'an owner twice',
      { people: [ada], phones: [phone('owners: [per_ada, per_ada]')] },
      ['phones[0].owners[1]: "per_ada" stands there twice; keep one of the two'],
    ],
    [
      'an owner without a channel for what they are to be told',
      { people: [ada, bob], phones: [phone('owners: [per_ada, per_bob], tell: { missed_call: [sms] }')] },
      [
        'phones[0].tell.missed_call: the owner "per_bob" has none of these channels, so would not be told; give per_bob one of them (channels), or list one that per_bob has',
      ],
    ],
    [
      'a channel that no owner has',
      { people: [ada], phones: [phone('owners: [per_ada], tell: { missed_call: [smss, mail] }')] },
      ['phones[0].tell.missed_call[0]: no owner of the phone has a channel "smss"; did you mean "sms"?'],
    ],
    [
      'a phone without owners who could be told',
      { phones: [phone('tell: { missed_call: [sms] }')] },
      [
        'phones[0].tell.missed_call: the phone has no owner who could be told; add its owners, such as owners: [per_ada]',
      ],
    ],
    [
      'an unknown template',
      { people: [ada], phones: [phone('owners: [per_ada], tell: { mised_call: [sms] }')] },
      ['phones[0].tell.mised_call: there is no setting "mised_call" here; did you mean "missed_call"?'],
    ],
    [
      'an unknown template that is told in quiet hours',
      { phones: [phone('quiet: { from: "21:00", to: "07:00", zone: UTC, except: [dispute_opend] }')] },
      [
        expect.stringMatching(
          /^phones\[0\]\.quiet\.except\[0\]: must be one of missed_call, .*; did you mean "dispute_opened"\?$/,
        ),
      ],
    ],
    [
      'a zone that nobody knows',
      { phones: [phone('quiet: { from: "21:00", to: "07:00", zone: Europe/Berln }')] },
      ['phones[0].quiet.zone: is no time zone; A time zone of the IANA data base, such as Europe/Berlin.'],
    ],
    [
      'an offset in the place of a zone',
      { phones: [phone('quiet: { from: "21:00", to: "07:00", zone: "+02:00" }')] },
      ['phones[0].quiet.zone: is no time zone; A time zone of the IANA data base, such as Europe/Berlin.'],
    ],
    [
      'quiet hours without end',
      { phones: [phone('quiet: { from: "21:00", to: "21:00", zone: UTC }')] },
      ['phones[0].quiet.to: is the same time as from; A time of day in quotes, such as "21:00".'],
    ],
    [
      'a number without its country',
      { phones: [phone('numbers: ["0171 1234567"]')], region: 'DE' },
      [
        'phones[0].numbers[0]: is no telephone number with its country; A telephone number with its country, in quotes, such as "+15005550006"; or env:NAME or file:path.',
      ],
    ],
    [
      'a number without quotes',
      { phones: [phone('numbers: [+15005550006]')] },
      ['phones[0].numbers[0]: must be text, not a number; put it in quotes'],
    ],
    [
      'a number with an extension',
      { phones: [phone('numbers: ["+15005550006;ext=12"]')] },
      [expect.stringMatching(/^phones\[0\]\.numbers\[0\]: is no telephone number with its country;/)],
    ],
    [
      'a mail address that is none',
      { people: [ada.replace('Ada@acme.example', 'ada.acme.example')] },
      [expect.stringMatching(/^people\[0\]\.channels\[1\]\.to: is no mail address; A mail address, such as/)],
    ],
    [
      'a kind of channel that does not exist',
      { people: [ada.replace('kind: sms', 'kind: smss')] },
      ['people[0].channels[0].kind: must be one of sms, email, slack; did you mean "sms"?'],
    ],
    [
      'two channels of one name',
      { people: [ada.replace('id: mail', 'id: sms')] },
      ['people[0].channels[1].id: channels[0] is called "sms", too; give one of the two another name'],
    ],
    [
      'more channels than a person may have',
      {
        people: [
          `{ id: per_ada, tenant: tnt_a, name: Ada, channels: [${Array.from({ length: 9 }, (_, index) => `{ id: m${index}, kind: email, to: a@acme.example }`).join(', ')}] }`,
        ],
      },
      [expect.stringMatching(/^people\[0\]\.channels: must have at most 8 in the list;/)],
    ],
    [
      'more numbers than a phone may have',
      {
        phones: [
          phone(`numbers: [${Array.from({ length: 33 }, (_, index) => `"+150055500${10 + index}"`).join(', ')}]`),
        ],
      },
      [expect.stringMatching(/^phones\[0\]\.numbers: must have at most 32 in the list;/)],
    ],
    [
      'a tenant who is not there',
      { people: [ada.replace('tnt_a', 'tnt_aa')], phones: ['{ id: phn_a, tenant: tnt_bb }'] },
      [
        'people[0].tenant: there is no tenant "tnt_aa" under tenants; did you mean "tnt_a"?',
        'phones[0].tenant: there is no tenant "tnt_bb" under tenants; did you mean "tnt_b"?',
      ],
    ],
    [
      'an id twice',
      { people: [ada, ada], phones: [phone('numbers: []'), phone('numbers: []')] },
      [
        'people[1].id: people[0] has the id "per_ada", too; give one of the two another id; a retired one stays taken',
        'phones[1].id: phones[0] has the id "phn_a", too; give one of the two another id; a retired one stays taken',
      ],
    ],
    [
      'an id of another form',
      { phones: ['{ id: front, tenant: tnt_a }'] },
      [expect.stringMatching(/^phones\[0\]\.id: is not in the right form; The id of the phone: phn_/)],
    ],
    [
      'an operator who is not there, one who is there twice, and a channel of nobody',
      {
        people: [ada, bob],
        operators: [
          '{ person: per_adda, channels: [mail] }',
          '{ person: per_bob, channels: [sms] }',
          '{ person: per_bob, channels: [mail] }',
        ],
      },
      [
        'operators[0].person: there is no person "per_adda"; did you mean "per_ada"?',
        'operators[1].channels[0]: "per_bob" has no channel "sms"; there is: mail, ops',
        'operators[2].person: "per_bob" stands there twice; keep one of the two',
      ],
    ],
    [
      'an alert that there is not',
      { people: [ada], operators: ['{ person: per_ada, channels: [mail], alerts: [operator_message_held] }'] },
      [expect.stringMatching(/^operators\[0\]\.alerts\[0\]: must be one of .*did you mean "operator_messages_held"/)],
    ],
    [
      'a region that is none',
      { region: 'ZZ' },
      [expect.stringMatching(/^tenants\[0\]\.region: is no region that has telephone numbers; Where a telephone/)],
    ],
  ])('%s is told, with what to do', async (_, parts, expected) => {
    expect(await mistakesIn(parts)).toEqual(expected);
  });

  it('is told with its line by whoever reads the sources, too', async () => {
    const text = directoryText({ people: [ada], phones: [phone('owners: [per_adda]')] });

    expect(told(await problemsOf(text))).toEqual([
      '11:42 phones[0].owners[0]: there is no person "per_adda"; did you mean "per_ada"?',
    ]);
  });

  it('of a person is told once, not again at each phone of theirs', async () => {
    const nameless = ada.replace('name: Ada', 'name: ""');
    const mistakes = await mistakesIn({
      people: [nameless],
      phones: [phone('owners: [per_ada], tell: { missed_call: [x] }')],
    });

    expect(mistakes).toEqual([expect.stringMatching(/^people\[0\]\.name: /)]);
  });

  it('never repeats an address', async () => {
    const people = [ada.replace('Ada@acme.example', 'ada.acme.example').replace('+15005550007', '+15005')];

    expect((await mistakesIn({ people })).join('\n')).not.toMatch(/ada\.acme|15005\b/);
  });
});
