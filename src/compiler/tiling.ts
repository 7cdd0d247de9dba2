// How a contraction is cut: into blocks that stay in caches and tiles whose results stay in registers, and what of it threads share.
import type { ContractKernel } from './kernel';
import type { Side } from './packing';
import type { Tiles } from './traits';

/** Terms that a single row adds to its sums before it goes on to the next columns: so many rows of the right side are read in order. */
export const chunkDepth = 8;
/** Pieces of work from which on threads share the loop over them. */
const enoughPieces = 8;

export interface Tiling {
  readonly lanes: number;
  /** Terms that are summed up in one go. */
  readonly blockDepth: number;
  /** Columns of a tile. */
  readonly panel: number;
  readonly packsLeft: boolean;
  readonly packsRight: boolean;
  /**
   * Blocks of the terms, each for all columns. Where few rows would leave nothing to do but to read the right side, it is read in the order
   * in which it lies in memory instead: by columns, each with all terms, or by terms, each with all columns, whose sums then stay in the
   * first cache. The sums are the same.
   */
  readonly order: 'blocks' | 'columns' | 'terms';
  /** What threads share: every one packs what it needs itself. */
  readonly shares: 'groups' | 'rows' | 'columns';
  /** Rows that are packed at a time, and that go to a thread as a whole. */
  readonly blockRows: number;
  /** Columns that are packed at a time, and that go to a thread as a whole. */
  readonly blockColumns: number;
}

export const tilingOf = (
  { groups, depth, buffer }: ContractKernel,
  left: Side,
  right: Side,
  { vectorBytes, mostRows, mostColumns, widestUnpacked, leastPacked, blockDepth }: Tiles,
): Tiling => {
  const lanes = vectorBytes / Math.max(4, buffer.aval.dtype.bytes);
  const widest = 4 * lanes;
  const packsLeft = left.steps === null || (left.steps.term !== 1 && right.lines > 2 * widest);
  const [isFew, isLine] = [left.lines < leastPacked, right.steps?.line === 1 || right.lines <= 1];
  const runsAlongTerms = right.steps?.term === 1 && !isLine;
  const packsRight =
    right.steps === null || (!isLine && !(isFew && runsAlongTerms)) || (right.lines > widestUnpacked && !isFew);
  const isStream = left.lines === 1 && isLine && right.lines > 1 && depth > chunkDepth;
  const order = packsRight ? 'blocks' : runsAlongTerms ? 'columns' : isStream ? 'terms' : 'blocks';
  // What is transposed in registers serves four rows then, of which half as many columns have their sums there.
  const panel = order === 'columns' && left.lines > 2 ? widest / 2 : widest;

  /** The loop of enough pieces before which the least is packed by every thread alike. */
  const sharedLoop = (): Tiling['shares'] => {
    if (groups >= enoughPieces) return 'groups';
    const packed = { rows: packsRight ? right.lines : 0, columns: packsLeft ? left.lines : 0 };
    const pieces = { rows: Math.floor(left.lines / 4), columns: Math.floor(right.lines / panel) };
    const inOrder = packed.rows <= packed.columns ? (['rows', 'columns'] as const) : (['columns', 'rows'] as const);
    const found = inOrder.find((which) => pieces[which] >= enoughPieces);
    return found ?? (groups > 1 ? 'groups' : pieces.rows > pieces.columns ? 'rows' : 'columns');
  };
  const shares = sharedLoop();
  const evenRows = Math.max(4, Math.min(mostRows, 4 * Math.floor(left.lines / (4 * enoughPieces))));
  const evenColumns = shares === 'columns' ? Math.ceil(right.lines / enoughPieces / panel) * panel : right.lines;
  return {
    lanes,
    blockDepth,
    panel,
    packsLeft,
    packsRight,
    order,
    shares,
    blockRows: Math.max(1, shares === 'rows' ? evenRows : packsLeft || packsRight ? mostRows : left.lines),
    blockColumns: Math.max(1, packsRight ? Math.min(mostColumns, evenColumns, right.lines) : right.lines),
  };
};
