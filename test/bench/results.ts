// What a run found, as data: the types, and the codecs that check them where they come from outside.
import * as t from 'io-ts';

/** What only a process of one contestant can say. Memory is resident, in bytes. */
const own = t.readonly(
  t.type({
    /** Seconds of the first call, with tracing and compiling. */
    first: t.number,
    /** The peak when the library had been loaded, and when everything was done. */
    loaded: t.number,
    peak: t.number,
  }),
);
const timed = t.readonly(
  t.type({
    status: t.literal('timed'),
    name: t.string,
    /** Seconds a call. */
    median: t.number,
    lowerQuartile: t.number,
    upperQuartile: t.number,
    samples: t.number,
    callsPerSample: t.number,
    /** This median over that of the fastest adjoint configuration: above 1, adjoint is faster. */
    ratio: t.number,
    /** ‖values - adjoint's values‖ / ‖adjoint's values‖, the greatest of the results. */
    difference: t.number,
    gflops: t.union([t.number, t.null]),
    note: t.union([t.string, t.null]),
    /** Null where contestants shared a process. */
    own: t.union([own, t.null]),
  }),
);
const failed = t.readonly(t.type({ status: t.literal('failed'), name: t.string, reason: t.string }));
const missing = t.readonly(t.type({ status: t.literal('missing'), name: t.string, reason: t.string }));
/** Values were right, but another's were not, so that no time was taken. */
const untimed = t.readonly(t.type({ status: t.literal('untimed'), name: t.string }));

const entry = t.union([timed, failed, missing, untimed]);
const rowResult = t.readonly(
  t.type({
    group: t.string,
    name: t.string,
    ok: t.boolean,
    series: t.union([t.readonly(t.type({ name: t.string, size: t.number })), t.null]),
    entries: t.readonlyArray(entry),
  }),
);
const machine = t.readonly(
  t.type({
    cpu: t.string,
    cores: t.number,
    memoryGiB: t.number,
    platform: t.string,
    node: t.string,
    /** Runnable processes before the run: well above 0 the times are of a busy machine. */
    load: t.number,
  }),
);
export const Report = t.readonly(
  t.type({
    revision: t.string,
    date: t.string,
    quick: t.boolean,
    machine,
    contestants: t.readonlyArray(t.readonly(t.type({ name: t.string, version: t.string }))),
    skipped: t.readonlyArray(t.string),
    rows: t.readonlyArray(rowResult),
  }),
);

export type Own = t.TypeOf<typeof own>;
export type Timed = t.TypeOf<typeof timed>;
export type Entry = t.TypeOf<typeof entry>;
export type RowResult = t.TypeOf<typeof rowResult>;
export type Machine = t.TypeOf<typeof machine>;
export type Report = t.TypeOf<typeof Report>;
