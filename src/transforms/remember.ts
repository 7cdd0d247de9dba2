// What is made of functions or programs is made once for the same ones, and forgotten with them.

class Node<T> {
  readonly weak = new WeakMap<object, Node<T>>();
  readonly strong = new Map<unknown, Node<T>>();
  made: { readonly value: T } | null = null;

  at(key: unknown): Node<T> {
    const inner: Pick<Map<unknown, Node<T>>, 'get' | 'set'> = (typeof key === 'object' && key !== null) ||
    typeof key === 'function'
      ? (this.weak as unknown as Map<unknown, Node<T>>)
      : this.strong;
    const found = inner.get(key) ?? new Node<T>();
    inner.set(key, found);
    return found;
  }
}

/** A memory by identity: (keys, make) gives what was made for these keys, if any was. The first key is an object, which holds the rest. */
export const remember = <T>(): ((keys: readonly [object, ...unknown[]], make: () => T) => T) => {
  const root = new Node<T>();
  return (keys, make) => {
    let node = root;
    for (const key of keys) node = node.at(key);
    node.made ??= { value: make() };
    return node.made.value;
  };
};
