import { fit } from '../../../src/train/index';
import { loadCheckpoint, saveCheckpoint } from '../../../src/io/index';
import { zeros } from '../language';

// error at await saveCheckpoint('runs', { w: zeros([2]) }) | a task does nothing until it is called: await task()
await saveCheckpoint('runs', { w: zeros([2]) });
// error at await loadCheckpoint('runs', { w: zeros([2]) }) | a task does nothing until it is called: await task()
const loaded = await loadCheckpoint('runs', { w: zeros([2]) });
// error at await fit((s: number) | a task does nothing until it is called: await task()
await fit((s: number) => [s, {}] as const, 0, [1]);
export { loaded };
