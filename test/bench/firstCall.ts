// One first call in a process of its own: `firstCall CONTESTANT ROW [quick]`, answered by a message to the parent.
import { inProcess } from './contestants';
import { suite } from './suite';

const [name, rowName, quick] = process.argv.slice(2);
const row = suite(quick === 'quick').find((r) => r.name === rowName);
const place = row && inProcess(row, quick === 'quick').find((c) => c.name === name);
if (!place || 'missing' in place) throw new Error(`no ${name} in ${rowName}`);

await place.activate();
const program = await place.open();
const from = performance.now();
const values = await program.values();
process.send?.({ seconds: (performance.now() - from) / 1000, values }, () => process.exit(0));
