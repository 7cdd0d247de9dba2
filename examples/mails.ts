// The e-mails of SpamAssassin's corpus as words, and as the ids of words.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { i32, type Tensor, tensor } from 'adjoint';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from './catalogue/source';

export interface Mail {
  readonly subject: readonly string[];
  readonly text: readonly string[];
  readonly spam: boolean;
}
/** Words and a few signs, without HTML; every number is 0. */
const wordsIn = (text: string): readonly string[] => {
  const plain = text.toLowerCase().replace(/<[^>]*>|=\r?\n|&\w+;/g, ' ');
  return (plain.match(/\b[a-z]{1,20}\b|\d+|[!?$%*]/g) ?? []).map((word) => word.replace(/^\d+$/, '0'));
};
const mailOf = (bytes: string, spam: boolean): Mail => {
  const [head = '', ...rest] = bytes.split(/\r?\n\r?\n/);
  const subject = /^subject:(.*)$/im.exec(head)?.[1] ?? '';
  return { subject: wordsIn(subject), text: wordsIn(rest.join('\n')), spam };
};

const groups = ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'] as const;
/** All e-mails below a folder, in the order of their names. */
export const readMails = (folder: string): TE.TaskEither<Fault, readonly Mail[]> =>
  TE.tryCatch(
    async () => {
      const mails: Mail[] = [];
      for (const group of groups) {
        const names = (await readdir(join(folder, group))).filter((name) => name.endsWith('.txt')).sort();
        // The encodings are as many as the writers; in Latin-1 every byte is a character.
        for (const name of names)
          mails.push(mailOf(await readFile(join(folder, group, name), 'latin1'), group.startsWith('spam')));
      }
      return mails;
    },
    (reason) => ({ _tag: 'ReadFailed', message: `the e-mails in ${folder} could not be read: ${String(reason)}` }),
  );

/** Ids that stand for no word. */
export const special = { padding: 0, unknown: 1, begin: 2, end: 3, mask: 4 } as const;
export const firstWord = 5;

export type Vocabulary = ReadonlyMap<string, number>;
/** The words that are most frequent in e-mails, for as many ids as there are to be. */
export const vocabularyOf = (mails: readonly Mail[], size: number): Vocabulary => {
  const counts = new Map<string, number>();
  for (const { subject, text } of mails)
    for (const word of [...subject, ...text]) counts.set(word, (counts.get(word) ?? 0) + 1);
  const frequent = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, size - firstWord);
  return new Map(frequent.map(([word], i) => [word, i + firstWord]));
};

export interface Coded<T extends number> {
  readonly ids: Tensor<[number, T], i32>;
  /** 0 for the subject, 1 for the text. */
  readonly segments: Tensor<[number, T], i32>;
  readonly spam: Tensor<[number], i32>;
}
/** E-mails as [begin] subject [end] text [end], cut or filled up to one length. */
export const coded = <const T extends number>(mails: readonly Mail[], vocabulary: Vocabulary, length: T): Coded<T> => {
  const [ids, segments] = [new Int32Array(mails.length * length), new Int32Array(mails.length * length)];
  const idOf = (word: string): number => vocabulary.get(word) ?? special.unknown;
  for (const [row, { subject, text }] of mails.entries()) {
    const first = [special.begin, ...subject.slice(0, length / 4).map(idOf), special.end];
    const second = [...text.slice(0, length - first.length - 1).map(idOf), special.end];
    ids.set([...first, ...second], row * length);
    segments.fill(1, row * length + first.length, row * length + first.length + second.length);
  }
  return {
    ids: tensor(ids, i32).reshape([mails.length, length]),
    segments: tensor(segments, i32).reshape([mails.length, length]),
    spam: tensor(Int32Array.from(mails, (mail) => Number(mail.spam))),
  };
};
