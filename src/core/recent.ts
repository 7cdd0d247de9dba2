// A cache that forgets what was not used for longest (least recently used). It is searched by comparison: keys are structures.

/** Programs that are kept for one function: so many shapes are in use at once, and more are taken for a mistake. */
export const mostPrograms = 256;

export class Recent<T> {
  /** What was used last comes first. */
  private readonly items: T[] = [];
  constructor(private readonly most = mostPrograms) {}

  find(is: (item: T) => boolean): T | undefined {
    const at = this.items.findIndex(is);
    const item = this.items[at];
    if (at > 0) {
      this.items.splice(at, 1);
      this.items.unshift(item as T);
    }
    return item;
  }
  add(item: T): void {
    this.items.unshift(item);
    if (this.items.length > this.most) this.items.pop();
  }
  /** What is kept, in the order of its last use. */
  get all(): readonly T[] {
    return this.items;
  }
}
