// The control flow that src/transforms is to offer, as types alone. Never run.
import type { Cond, ForiLoop, Scan, WhileLoop } from '../../src/types';

export declare const scan: Scan;
export declare const foriLoop: ForiLoop;
export declare const whileLoop: WhileLoop;
export declare const cond: Cond;
