// Run before every file of tests: some use what is behind the public functions, which set this up where they make a tensor.
import { setUp } from '../src/array/setup';

setUp();
