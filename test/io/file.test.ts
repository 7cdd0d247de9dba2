// Files that are written while others write them, links, and what is no file.
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { full, tensor } from 'adjoint';
import { encodeNpy, readNpy, readNpz, readSafetensors, writeNpy, writeNpz, writeSafetensors } from 'adjoint/io';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'adjoint-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file', () => {
  const write = {
    npy: (path: string, n: number) => writeNpy(path, full([5000], n)),
    npz: (path: string, n: number) => writeNpz(path, { x: full([5000], n) }),
    safetensors: (path: string, n: number) => writeSafetensors(path, { x: full([5000], n) }),
  };
  const read = { npy: readNpy, npz: readNpz, safetensors: readSafetensors };
  it.each(['npy', 'npz', 'safetensors'] as const)(
    'of %s is one of those that are written at once, whole',
    async (name) => {
      const path = join(folder, `x.${name}`);
      const numbers = [1, 2, 3, 4];
      const written = await Promise.all(numbers.map((n) => write[name](path, n)()));
      expect(written).toEqual(numbers.map(() => E.right(undefined)));
      const whole: boolean = (await read[name](path)())._tag === 'Right';
      expect(whole).toBe(true);
      expect(readdirSync(folder).filter((entry) => entry.includes('partial'))).toEqual([]);
    },
  );
  it('that a link points to is replaced, and the link stays', async () => {
    const [real, link] = [join(folder, 'real.npy'), join(folder, 'link.npy')];
    writeFileSync(real, '');
    symlinkSync(real, link);
    await writeNpy(link, tensor([1]))();
    expect(readlinkSync(link)).toBe(real);
    expect(new Uint8Array(readFileSync(real))).toEqual(encodeNpy(tensor([1])));
  });
  it.skipIf(process.platform === 'win32')('that is a device is written to, and stays one', async () => {
    expect(await writeNpy('/dev/null', tensor([1]))()).toEqual(E.right(undefined));
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});
