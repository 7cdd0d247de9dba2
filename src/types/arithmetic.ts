import type { Dim, Named, Sym } from './dims';

// Decimal arithmetic on digit strings with lookup tables: tuple lengths stop at 10 000, digits do not, and cost less.
type Reversed<S extends string, A extends string = ''> = S extends `${infer H}${infer T}` ? Reversed<T, `${H}${A}`> : A;
type Stripped<S extends string> = S extends `0${infer T}` ? (T extends '' ? '0' : Stripped<T>) : S;
type NumberOfReversed<R extends string> = Stripped<Reversed<R>> extends `${infer N extends number}` ? N : never;
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
type AddTable = [
  ['00', '01', '02', '03', '04', '05', '06', '07', '08', '09', '10'],
  ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11'],
  ['02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'],
  ['03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '13'],
  ['04', '05', '06', '07', '08', '09', '10', '11', '12', '13', '14'],
  ['05', '06', '07', '08', '09', '10', '11', '12', '13', '14', '15'],
  ['06', '07', '08', '09', '10', '11', '12', '13', '14', '15', '16'],
  ['07', '08', '09', '10', '11', '12', '13', '14', '15', '16', '17'],
  ['08', '09', '10', '11', '12', '13', '14', '15', '16', '17', '18'],
  ['09', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19'],
];
// SubTable[a][b] is the borrow and the digit of a - b; b is up to 10, a digit with its borrow.
type SubTable = [
  ['00', '19', '18', '17', '16', '15', '14', '13', '12', '11', '10'],
  ['01', '00', '19', '18', '17', '16', '15', '14', '13', '12', '11'],
  ['02', '01', '00', '19', '18', '17', '16', '15', '14', '13', '12'],
  ['03', '02', '01', '00', '19', '18', '17', '16', '15', '14', '13'],
  ['04', '03', '02', '01', '00', '19', '18', '17', '16', '15', '14'],
  ['05', '04', '03', '02', '01', '00', '19', '18', '17', '16', '15'],
  ['06', '05', '04', '03', '02', '01', '00', '19', '18', '17', '16'],
  ['07', '06', '05', '04', '03', '02', '01', '00', '19', '18', '17'],
  ['08', '07', '06', '05', '04', '03', '02', '01', '00', '19', '18'],
  ['09', '08', '07', '06', '05', '04', '03', '02', '01', '00', '19'],
];
type MulTable = [
  ['00', '00', '00', '00', '00', '00', '00', '00', '00', '00'],
  ['00', '01', '02', '03', '04', '05', '06', '07', '08', '09'],
  ['00', '02', '04', '06', '08', '10', '12', '14', '16', '18'],
  ['00', '03', '06', '09', '12', '15', '18', '21', '24', '27'],
  ['00', '04', '08', '12', '16', '20', '24', '28', '32', '36'],
  ['00', '05', '10', '15', '20', '25', '30', '35', '40', '45'],
  ['00', '06', '12', '18', '24', '30', '36', '42', '48', '54'],
  ['00', '07', '14', '21', '28', '35', '42', '49', '56', '63'],
  ['00', '08', '16', '24', '32', '40', '48', '56', '64', '72'],
  ['00', '09', '18', '27', '36', '45', '54', '63', '72', '81'],
];
type Next = { '0': '1'; '1': '2'; '2': '3'; '3': '4'; '4': '5'; '5': '6'; '6': '7'; '7': '8'; '8': '9'; '9': '10' };
type Carry<b extends Digit, c> = c extends '1' ? Next[b] : b;
type AddReversed<
  A extends string,
  B extends string,
  C extends string = '0',
  O extends string = '',
> = A extends `${infer a extends Digit}${infer ar}`
  ? B extends `${infer b extends Digit}${infer br}`
    ? AddTable[a][Carry<b, C>] extends `${infer c}${infer d}`
      ? AddReversed<ar, br, c, `${O}${d}`>
      : never
    : C extends '0'
      ? `${O}${A}`
      : AddTable[a]['1'] extends `${infer c}${infer d}`
        ? AddReversed<ar, '', c, `${O}${d}`>
        : never
  : B extends ''
    ? C extends '0'
      ? O
      : `${O}1`
    : AddReversed<B, '', C, O>;
// Digits are least significant first; 'negative' when A < B.
type SubReversed<
  A extends string,
  B extends string,
  C extends string = '0',
  O extends string = '',
> = A extends `${infer a extends Digit}${infer ar}`
  ? B extends `${infer b extends Digit}${infer br}`
    ? SubTable[a][Carry<b, C>] extends `${infer c}${infer d}`
      ? SubReversed<ar, br, c, `${O}${d}`>
      : never
    : C extends '0'
      ? `${O}${A}`
      : SubTable[a]['1'] extends `${infer c}${infer d}`
        ? SubReversed<ar, '', c, `${O}${d}`>
        : never
  : B extends ''
    ? C extends '0'
      ? O
      : 'negative'
    : B extends `0${infer br}`
      ? SubReversed<'', br, C, O>
      : 'negative';
type MulDigit<
  A extends string,
  b extends Digit,
  C extends Digit = '0',
  O extends string = '',
> = A extends `${infer a extends Digit}${infer ar}`
  ? MulTable[a][b] extends `${infer t extends Digit}${infer o extends Digit}`
    ? AddTable[o][C] extends `${infer c extends Digit}${infer d}`
      ? MulDigit<ar, b, Carry<t, c> & Digit, `${O}${d}`>
      : never
    : never
  : C extends '0'
    ? O
    : `${O}${C}`;
type MulLong<
  A extends string,
  B extends string,
  Acc extends string = '',
> = B extends `${infer b extends Digit}${infer r}`
  ? MulLong<A, r, AddReversed<Acc extends '' ? '' : `0${Acc}`, MulDigit<A, b>>>
  : Acc;
// Long division: A most significant first, B least; [quotient, remainder].
type DigitDiv<R extends string, B extends string, Q extends Digit = '0'> =
  SubReversed<R, B> extends infer S extends string
    ? S extends 'negative'
      ? [Q, R]
      : DigitDiv<S, B, Next[Q] & Digit>
    : never;
type DivLong<
  A extends string,
  B extends string,
  R extends string = '',
  Q extends string = '',
> = A extends `${infer a}${infer ar}`
  ? DigitDiv<`${a}${R}`, B> extends [infer q extends Digit, infer r extends string]
    ? DivLong<ar, B, r, `${Q}${q}`>
    : never
  : [Stripped<Q>, Stripped<Reversed<R>>];
type NumberOf<S> = S extends `${infer N extends number}` ? N : never;

type IsSym<A> = A extends Named<string> ? true : false;
type NameOf<A> = A extends Named<infer Name> ? Name : A extends number ? `${A}` : never;

// Literals give literals, symbols a symbol named by the expression, dynamic dims `number`; on type parameters these
// stay unevaluated and print as the expression they are.
/** A factor of one is seen first, so that the product is its other factor where that is not known yet. */
export type Mul<A extends Dim, B extends Dim> = number extends B
  ? number
  : B extends 1
    ? A
    : number extends A
      ? number
      : A extends 1
        ? B
        : true extends IsSym<A> | IsSym<B>
          ? Sym<`${NameOf<A>}*${NameOf<B>}`>
          : NumberOfReversed<MulLong<Reversed<`${A}`>, `${B}`>>;
export type Add<A extends Dim, B extends Dim> = number extends A | B
  ? number
  : A extends 0
    ? B
    : B extends 0
      ? A
      : true extends IsSym<A> | IsSym<B>
        ? Sym<`${NameOf<A>}+${NameOf<B>}`>
        : NumberOfReversed<AddReversed<Reversed<`${A}`>, Reversed<`${B}`>>>;
/** `never` when negative. */
export type Sub<A extends Dim, B extends Dim> = number extends A | B
  ? number
  : B extends 0
    ? A
    : true extends IsSym<A> | IsSym<B>
      ? Sym<`${NameOf<A>}-${NameOf<B>}`>
      : SubReversed<Reversed<`${A}`>, Reversed<`${B}`>> extends infer R extends string
        ? R extends 'negative'
          ? never
          : NumberOfReversed<R>
        : never;
/** [quotient, remainder] */
export type DivMod<A extends Dim, B extends Dim> = B extends 1
  ? [A, 0]
  : number extends A | B
    ? [number, number]
    : true extends IsSym<A> | IsSym<B>
      ? [number, number]
      : DivLong<`${A}`, Reversed<`${B}`>> extends [infer Q, infer R]
        ? [NumberOf<Q>, NumberOf<R>]
        : never;
/** `never` when it does not divide. */
export type Div<A extends Dim, B extends Dim> = number extends B ? Quotient<A, B> : B extends 1 ? A : Quotient<A, B>;
type Quotient<A extends Dim, B extends Dim> =
  DivMod<A, B> extends [infer Q extends number, infer R]
    ? R extends 0
      ? Q
      : number extends R
        ? number
        : never
    : never;
export type DivFloor<A extends Dim, B extends Dim> = DivMod<A, B>[0];
