import type { Add, Div, DivFloor, DivMod, Mul, Sub } from '../../../src/types';
import type { Equal, Holds } from '../expect';
import type { Sym } from '../language';

export type Sums = [
  Holds<Equal<Add<999, 1>, 1000>>,
  Holds<Equal<Add<5, 12345>, 12350>>,
  Holds<Equal<Add<768, 768>, 1536>>,
  Holds<Equal<Add<99, 0>, 99>>,
  Holds<Equal<Sub<1000, 1>, 999>>,
  Holds<Equal<Sub<5, 6>, never>>,
  Holds<Equal<Sub<6, 6>, 0>>,
  Holds<Equal<Sub<12350, 12345>, 5>>,
  Holds<Equal<Sub<5, 12345>, never>>,
];
export type Products = [
  Holds<Equal<Mul<64, 784>, 50176>>,
  Holds<Equal<Mul<50176, 1024>, 51380224>>,
  Holds<Equal<Mul<7, 0>, 0>>,
  Holds<Equal<Mul<999, 999>, 998001>>,
  Holds<Equal<Mul<100, 100>, 10000>>,
  Holds<Equal<Mul<123456789, 987654>, 121932591483006>>,
];
export type Quotients = [
  Holds<Equal<DivMod<50176, 784>, [64, 0]>>,
  Holds<Equal<DivMod<512, 7>, [73, 1]>>,
  Holds<Equal<DivMod<5, 7>, [0, 5]>>,
  Holds<Equal<Div<512, 8>, 64>>,
  Holds<Equal<Div<512, 7>, never>>,
  Holds<Equal<DivFloor<29, 2>, 14>>,
  Holds<Equal<DivMod<1000000, 3>, [333333, 1]>>,
  Holds<Equal<DivMod<51380224, 1024>, [50176, 0]>>,
];
export type Symbolic = [
  Holds<Equal<Mul<Sym<'H'>, 64>, Sym<'H*64'>>>,
  Holds<Equal<Mul<number, 64>, number>>,
  Holds<Equal<Add<Sym<'T'>, 1>, Sym<'T+1'>>>,
];
