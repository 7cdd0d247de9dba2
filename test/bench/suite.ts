// All rows, in the order of the table.
import type { Row } from './row';
import { cnnRow } from './rows/cnn';
import { cachedCallRow, eagerAddRow, eagerNormalRow } from './rows/dispatch';
import {
  batchedMatmulRow,
  elementwiseRow,
  firstMatmulRow,
  layerNormRow,
  matmulRow,
  softmaxRow,
  sumRow,
} from './rows/functions';
import { firstCallRow, gptRow } from './rows/gpt';
import { hessianRow } from './rows/hessian';
import { isolatedRows } from './rows/isolated';
import { lstmRow } from './rows/lstm';
import { mlpRow, perExampleRow } from './rows/mlp';

const gpt = { layers: 4, width: 128, heads: 4, length: 64, batch: 16, vocabulary: 65 };
const tinyGpt = { layers: 2, width: 32, heads: 2, length: 16, batch: 4, vocabulary: 65 };

/** Quick: the same workloads at sizes that a CI has time for. */
export const suite = (quick: boolean): readonly Row[] =>
  quick
    ? [
        ...[64, 128].map(matmulRow),
        batchedMatmulRow(8, 16, 16, 16),
        elementwiseRow(1 << 14),
        softmaxRow(64),
        layerNormRow(64),
        sumRow(1 << 14),
        mlpRow(16, 32),
        cnnRow(4),
        lstmRow(4, 2, 8),
        gptRow(tinyGpt),
        perExampleRow(8, 32),
        hessianRow(16),
        cachedCallRow(),
        eagerAddRow(),
        eagerNormalRow(1 << 14),
        firstMatmulRow(128),
        ...[1, 2].map((layers) => firstCallRow({ ...tinyGpt, layers })),
        ...isolatedRows(quick),
      ]
    : [
        ...[64, 256, 512, 1024, 2048].map(matmulRow),
        batchedMatmulRow(64, 64, 32, 64),
        elementwiseRow(1 << 22),
        softmaxRow(1024),
        layerNormRow(1024),
        sumRow(1 << 22),
        mlpRow(128, 256),
        cnnRow(64),
        lstmRow(64, 32, 128),
        gptRow(gpt),
        perExampleRow(128, 256),
        hessianRow(64),
        cachedCallRow(),
        eagerAddRow(),
        eagerNormalRow(1 << 22),
        firstMatmulRow(2048),
        ...[2, 4, 8, 16].map((layers) => firstCallRow({ ...gpt, layers })),
        ...isolatedRows(quick),
      ];
