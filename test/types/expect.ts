export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** is<T>()(value, true): the type of value is T, exactly. */
export declare function is<T>(): <U>(value: U, equal: Equal<T, U>) => void;
export type Holds<T extends true> = T;
