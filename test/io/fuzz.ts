// `npm run fuzz`: damages a hundred thousand files and reads them; `npm run fuzz -- --files 1000 --seed 7` for others.
import { parseArgs } from 'node:util';
import { formats, fuzzCheckpoint, fuzzFormat } from './mutation';

const { values } = parseArgs({
  options: { files: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const [files, seed] = [Number(values.files), Number(values.seed)];
const kinds = [...Object.keys(formats), 'checkpoint'];
const each = Math.ceil(files / kinds.length);
let wrong = 0;
for (const kind of kinds) {
  const began = performance.now();
  const found = kind === 'checkpoint' ? await fuzzCheckpoint(each, seed) : await fuzzFormat(kind, each, seed);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${kind}: ${each} damaged files, ${found.length} wrong (${seconds} s)`);
  for (const what of found.slice(0, 20)) console.log(`  ${what}`);
  wrong += found.length;
}
console.log(
  `${each * kinds.length} files, ${wrong} wrong; peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
);
process.exitCode = wrong === 0 ? 0 : 1;
