// adjoint alone in a process, without other libraries: `ownProcess CONFIGURATION ROW [quick]`. Each message of the parent is answered by one.
import { configurations } from './configurations';
import type { Answer, Request } from './isolated';
import { peakMemory } from './memory';
import type { Program } from './row';
import { isolatedRows } from './rows/isolated';

const [name, rowName, quick] = process.argv.slice(2);
const configuration = configurations.find((c) => c.name === name);
const row = isolatedRows(quick === 'quick').find((r) => r.name === rowName);
if (!configuration || !row) throw new Error(`no ${name} in ${rowName}`);

let program: Program | undefined;
const answer = async (request: Request): Promise<Answer> => {
  if (request.op === 'memory') return { number: peakMemory() };
  if (request.op === 'open') {
    configuration.activate();
    program = row.adjoint();
    return { opened: true };
  }
  if (program === undefined) throw new Error('not open');
  return request.op === 'values' ? { values: await program.values() } : { number: await program.time(request.calls) };
};

process.on('message', (request: Request) => {
  answer(request)
    .catch((error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) }))
    .then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
