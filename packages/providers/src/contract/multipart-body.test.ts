import { describe, expect, it } from 'vitest';

import { isMultipartType, readMultipartBody } from './multipart-body.ts';

const type = 'multipart/form-data; boundary=xYz';

function bodyOf(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'utf8');
}

describe('a form in parts', () => {
  it('is read field by field, files left out', () => {
    const body = bodyOf(
      '--xYz',
      'Content-Disposition: form-data; name="subject"',
      '',
      'Grüße',
      '--xYz',
      'content-disposition: form-data; name="attachment-1"; filename="a.txt"',
      'Content-Type: text/plain',
      '',
      'the file',
      '--xYz',
      'Content-Disposition: form-data; name="text"',
      '',
      'two\r\nlines --xYz and no end',
      '--xYz--',
      '',
    );

    expect(readMultipartBody(body, type)).toEqual({
      readable: true,
      parameters: [
        ['subject', 'Grüße'],
        ['text', 'two\r\nlines --xYz and no end'],
      ],
      isWhole: true,
    });
  });

  it.each([
    ['without a boundary', 'multipart/form-data', '--xYz'],
    ['of another boundary', type, '--other\r\n\r\n--other--'],
    ['that is cut off', type, '--xYz\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue'],
    ['without a field', type, '--xYz\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n--xYz--'],
    ['that is empty', type, ''],
  ])('%s is not read', (_name, contentType, body) => {
    expect(readMultipartBody(Buffer.from(body), contentType)).toMatchObject({ readable: false });
  });

  it('of more parts than any sender has is not read', () => {
    const part = '--xYz\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n';

    expect(readMultipartBody(Buffer.from(`${part.repeat(2_000)}--xYz--`), type)).toMatchObject({ readable: false });
  });

  it('is told by its content type', () => {
    expect(
      [type, 'Multipart/Form-Data;boundary=a', 'multipart/mixed; boundary=a', undefined].map(isMultipartType),
    ).toEqual([true, true, false, false]);
  });
});
