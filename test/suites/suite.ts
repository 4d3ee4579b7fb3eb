import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';

const root = join(__dirname, '../..');

/** The test files of some folders as one suite: the packages are loaded once for all of them, not once for each file. */
export function suiteOf(...folders: string[]): void {
  for (const folder of folders) {
    const files = readdirSync(join(root, folder)).filter((name) => name.endsWith('.test.ts'));
    for (const file of files.sort()) {
      describe(`${folder}/${file}`, () => {
        require(join(root, folder, file));
      });
    }
  }
}
