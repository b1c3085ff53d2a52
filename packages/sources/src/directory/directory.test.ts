import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ada, bob, directoryOf, directoryText, loadDirectoryText } from '../testing/directory-text.ts';
import { told as problemsAsText, temporaryFolder } from '../testing/temporary-sources.ts';
import { emptyDirectory } from './directory.ts';
import { listAddressVariables } from './load.ts';

const front =
  '{ id: phn_front, tenant: tnt_a, numbers: ["+1 500 555 0006", "+44 20 7946 0000"], owners: [per_ada, per_bob], sources: [src_a], tell: { missed_call: [sms, mail], dispute_opened: [mail, ops] }, quiet: { from: "21:00", to: "07:00", zone: Europe/Berlin, except: [dispute_opened] } }';
const back = '{ id: phn_back, tenant: tnt_a, owners: [per_ada] }';
const elsewhere = '{ id: phn_b, tenant: tnt_b, numbers: ["+15005550006"], sources: [src_b] }';
const parts = { region: 'DE', people: [ada, bob], phones: [front, back, elsewhere] };

describe('a directory', () => {
  it('finds a phone by any of its numbers, however the file writes them', async () => {
    const directory = await directoryOf(parts);

    expect(directory.phoneOfNumber('tnt_a', '+15005550006')?.id).toBe('phn_front');
    expect(directory.phoneOfNumber('tnt_a', '+442079460000')?.id).toBe('phn_front');
    expect(directory.phoneOfNumber('tnt_a', '+15005550001')).toBeUndefined();
  });

  it('never answers with what is another tenant’s', async () => {
    const directory = await directoryOf(parts);

    expect(directory.phoneOfNumber('tnt_b', '+15005550006')?.id).toBe('phn_b');
    expect(directory.phoneOfNumber('tnt_b', '+442079460000')).toBeUndefined();
    expect(directory.phoneOfSource('tnt_b', 'src_a')).toBeUndefined();
    expect(directory.phoneOfEmail('tnt_b', 'ada@acme.example')).toBeUndefined();
    expect(directory.phone('tnt_b', 'phn_front')).toBeUndefined();
    expect(directory.person('tnt_b', 'per_ada')).toBeUndefined();
    expect(directory.recipients('tnt_b', 'phn_front', 'missed_call')).toEqual([]);
    expect(directory.region('tnt_b')).toBeUndefined();
    expect(directory.phones('tnt_b').map(({ id }) => id)).toEqual(['phn_b']);
    expect(directory.people('tnt_b')).toEqual([]);
  });

  it('finds a phone by its source, and the first one of an owner by their mail address', async () => {
    const directory = await directoryOf(parts);

    expect(directory.phoneOfSource('tnt_a', 'src_a')?.id).toBe('phn_front');
    expect(directory.phoneOfEmail('tnt_a', 'ada@acme.example')?.id).toBe('phn_front');
    expect(directory.phoneOfEmail('tnt_a', 'nobody@acme.example')).toBeUndefined();
  });

  it('says which operators are told of what, with the tenant of each', async () => {
    const operators = [
      '{ person: per_bob, channels: [ops], alerts: [operator_messages_failed] }',
      '{ person: per_ada, channels: [mail, sms] }',
    ];
    const directory = await directoryOf({ ...parts, operators });

    expect(directory.operators('operator_messages_failed')).toEqual([
      { personId: 'per_bob', tenantId: 'tnt_a', channelId: 'ops', kind: 'slack', language: 'de' },
      { personId: 'per_ada', tenantId: 'tnt_a', channelId: 'mail', kind: 'email', language: 'en' },
      { personId: 'per_ada', tenantId: 'tnt_a', channelId: 'sms', kind: 'sms', language: 'en' },
    ]);
    expect(directory.operators('operator_messages_held').map(({ personId }) => personId)).toEqual([
      'per_ada',
      'per_ada',
    ]);
    expect(directory.tenants()).toEqual(['tnt_a', 'tnt_b']);
  });

  it('says who is told, by which channels, in which language', async () => {
    const directory = await directoryOf(parts);

    expect(directory.recipients('tnt_a', 'phn_front', 'missed_call')).toEqual([
      { personId: 'per_ada', channelId: 'sms', kind: 'sms', language: 'en' },
      { personId: 'per_ada', channelId: 'mail', kind: 'email', language: 'en' },
      { personId: 'per_bob', channelId: 'mail', kind: 'email', language: 'de' },
    ]);
    expect(directory.recipients('tnt_a', 'phn_front', 'payment_failed')).toEqual([]);
    expect(directory.recipients('tnt_a', 'phn_back', 'missed_call')).toEqual([]);
  });

  it('knows the region of a tenant, the quiet hours of a phone and the addresses of a person', async () => {
    const directory = await directoryOf(parts);

    expect(directory.region('tnt_a')).toBe('DE');
    expect(directory.phone('tnt_a', 'phn_front')?.quiet).toEqual({
      from: '21:00',
      to: '07:00',
      zone: 'Europe/Berlin',
      except: ['dispute_opened'],
    });
    expect(directory.person('tnt_a', 'per_ada')?.channels).toEqual([
      { id: 'sms', kind: 'sms', address: '+15005550007' },
      { id: 'mail', kind: 'email', address: 'ada@acme.example' },
    ]);
  });

  it('knows nobody where the file says nothing of people and phones', async () => {
    const text = directoryText().replace('people: []\nphones: []\n', '');
    const loaded = await loadDirectoryText(text);

    expect(loaded).toMatchObject({ warnings: [] });
    expect(emptyDirectory.phones('tnt_a')).toEqual([]);
  });
});

describe('an address that stands elsewhere', () => {
  const referring =
    '{ id: per_ada, tenant: tnt_a, name: Ada, channels: [{ id: mail, kind: email, to: env:ADA_MAIL }] }';
  const phone =
    '{ id: phn_front, tenant: tnt_a, numbers: [env:FRONT], owners: [per_ada], tell: { missed_call: [mail] } }';

  it('is taken from there', async () => {
    const env = { ADA_MAIL: ' Ada@acme.example ', FRONT: '+15005550006' };
    const directory = await directoryOf({ people: [referring], phones: [phone] }, env);

    expect(directory.phoneOfNumber('tnt_a', '+15005550006')?.id).toBe('phn_front');
    expect(directory.phoneOfEmail('tnt_a', 'ada@acme.example')?.id).toBe('phn_front');
  });

  it('is listed with its variable, once, for whoever hands it on', async () => {
    const path = join(await temporaryFolder(), 'trunkline.yaml');
    await writeFile(path, directoryText({ people: [referring], phones: [phone] }));

    expect(await listAddressVariables(path)).toEqual(['ADA_MAIL', 'FRONT']);
  });

  it('and is not found is told with its line, and takes nothing else down', async () => {
    const loaded = await loadDirectoryText(directoryText({ people: [referring], phones: [phone] }), { FRONT: 'none' });

    expect('warnings' in loaded ? problemsAsText(loaded.warnings) : loaded).toEqual([
      '9:86 people[0].channels[0].to: env:ADA_MAIL is not set; set it to the address itself',
      '11:47 phones[0].numbers[0]: env:FRONT is no such address; set it to the address itself',
    ]);
    // Whoever sends looks the address up by itself.
    const recipients = 'directory' in loaded ? loaded.directory.recipients('tnt_a', 'phn_front', 'missed_call') : [];
    expect(recipients).toEqual([{ personId: 'per_ada', channelId: 'mail', kind: 'email', language: 'en' }]);
  });
});
