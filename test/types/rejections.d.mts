export interface ExpectedError {
  readonly line: number;
  readonly argument: string;
  readonly fragment: string;
}
export interface ActualError {
  readonly line: number;
  /** The source from where the error is. */
  readonly text: string;
  readonly message: string;
}
export declare const rejectFiles: () => URL[];
export declare const expectedErrors: (file: URL) => ExpectedError[];
export declare const compareErrors: (expected: readonly ExpectedError[], actual: readonly ActualError[]) => string[];
