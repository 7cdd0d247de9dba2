// Saves one checkpoint after another until it is killed; each is a tensor full of its number.
import { full } from 'adjoint';
import { saveCheckpoint } from 'adjoint/io';

const directory = process.argv[2] as string;
for (let n = 1; ; n++) {
  await saveCheckpoint(directory, { w: full([50_000], n), n })();
  if (n === 1) console.log('saving');
}
