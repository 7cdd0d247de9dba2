// Saves one checkpoint after another until it is killed; each is a tensor full of its number, which begins with the saver's. What
// cannot be saved is told.
import { full } from 'adjoint';
import { saveCheckpoint } from 'adjoint/io';
import * as E from 'fp-ts/lib/Either.js';

const [directory, size, first] = [process.argv[2] as string, Number(process.argv[3]), Number(process.argv[4])];
for (let n = first; ; n++) {
  const saved = await saveCheckpoint(directory, { w: full([size], n), n })();
  if (E.isLeft(saved)) console.log(saved.left.message);
  else if (n === first) console.log('saving');
}
