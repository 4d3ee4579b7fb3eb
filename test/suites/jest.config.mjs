// What `npm test` runs: all test files, bundled into a few suites. A test file by itself runs with jest.config.json.
import { readFileSync } from 'node:fs';

const perFile = JSON.parse(readFileSync(new URL('../../jest.config.json', import.meta.url), 'utf8'));

export default {
  ...perFile,
  rootDir: '../..',
  testMatch: ['**/test/suites/*.suite.ts'],
};
