// Rows whose contestants have processes of their own. Nothing here imports a peer: its code would count as adjoint's memory.
import type { IsolatedRow } from '../../row';
import { adamRow, eagerForwardRow, forwardRow, prefillRow, tokenRow } from './gpt2';
import type { Gpt2Sizes } from './gpt2/inputs';
import { largeMatmulRow } from './matmul';
import { stepsRow } from './steps';

const small: Gpt2Sizes = { layers: 12, width: 768, heads: 12, vocabulary: 50257, positions: 1024 };
const tiny: Gpt2Sizes = { layers: 2, width: 32, heads: 2, vocabulary: 65, positions: 64 };

export const isolatedRows = (quick: boolean): readonly IsolatedRow[] =>
  quick
    ? [
        largeMatmulRow(128),
        stepsRow(20, 128, 50),
        adamRow(tiny, 16),
        forwardRow(tiny, 16),
        eagerForwardRow(tiny, 16),
        prefillRow(tiny, 16),
        ...[24, 64].map((places) => tokenRow(tiny, places, places)),
      ]
    : [
        largeMatmulRow(4096),
        stepsRow(2000, 128, 50),
        adamRow(small, 128),
        forwardRow(small, 128),
        eagerForwardRow(small, 128),
        prefillRow(small, 64),
        tokenRow(small, 32, 1024),
        ...[32, 256, 1024].map((places) => tokenRow(small, places, places)),
      ];
