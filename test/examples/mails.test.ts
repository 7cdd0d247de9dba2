import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';
import { coded, type Mail, readMails, special, vocabularyOf } from '../../examples/mails';

describe('e-mails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-mails-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read as the words of their subject and text', async () => {
    for (const group of ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2']) mkdirSync(join(folder, group));
    const ham = 'From: a@b.c\r\nSubject: Re: the 42 whales\r\nDate: now\r\n\r\nDear <b>Ishmael</b>,\r\n\r\ncall me!';
    writeFileSync(join(folder, 'easy-ham-1', '2.txt'), ham);
    writeFileSync(join(folder, 'easy-ham-1', '1.txt'), 'Date: now\n\nno subject');
    writeFileSync(join(folder, 'easy-ham-1', '1.json'), '{}');
    writeFileSync(join(folder, 'spam-2', '1.txt'), 'Subject: WIN $1000\n\nCaf\xe9', 'latin1');
    const read = await readMails(folder)();
    expect(read).toEqual(
      E.right([
        { subject: [], text: ['no', 'subject'], spam: false },
        { subject: ['re', 'the', '0', 'whales'], text: ['dear', 'ishmael', 'call', 'me', '!'], spam: false },
        { subject: ['win', '$', '0'], text: ['caf'], spam: true },
      ]),
    );
  });
  it('that are not there are told', async () => {
    const read = await readMails(join(folder, 'none'))();
    expect(E.isLeft(read) && read.left.message).toMatch(/the e-mails in .*none could not be read: .*ENOENT/);
  });
  it('are coded as two segments, cut or filled up, unknown words as such', () => {
    const mail = (subject: string, text: string, spam: boolean): Mail => ({
      subject: subject.split(' '),
      text: text.split(' '),
      spam,
    });
    const mails = [mail('a b', 'a c a', true), mail('d d d', 'b b b b b b b b', false)];
    const vocabulary = vocabularyOf(mails, 7);
    expect([...vocabulary]).toEqual([
      ['b', 5],
      ['a', 6],
    ]);
    const { ids, segments, spam } = coded(mails, vocabulary, 8);
    const { padding, unknown, begin, end } = special;
    expect(ids.toArray()).toEqual([
      [begin, 6, 5, end, 6, unknown, 6, end],
      [begin, unknown, unknown, end, 5, 5, 5, end],
    ]);
    expect(segments.toArray()).toEqual([
      [0, 0, 0, 0, 1, 1, 1, 1],
      [0, 0, 0, 0, 1, 1, 1, 1],
    ]);
    expect(spam.toArray()).toEqual([1, 0]);
    const longer = coded(mails.slice(0, 1), vocabulary, 12);
    expect(longer.ids.toArray()[0]?.slice(8)).toEqual([padding, padding, padding, padding]);
  });
});
