import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from '@jest/globals';

const published = join(process.cwd(), '../shared/data');

/** A published file; the project contains none of them. */
export const publishedFile = (path: string): string => join(published, path);

const read = new Map<string, Promise<unknown>>();

/** What a reader finds in a published file, read once for all tests that look at it; they leave it as it is. */
export function foundIn<Found>(reader: (path: string) => Promise<Found>, file: string): Promise<Found> {
  const key = `${reader.name} ${file}`;
  const found = read.get(key) ?? reader(publishedFile(file));
  read.set(key, found);
  return found as Promise<Found>;
}

/** Rules about the published files; where they are not at hand, one line says so. */
export function describePublished(title: string, rules: () => void): void {
  if (existsSync(published)) describe(title, rules);
  else describe.skip(`${title} (skipped: ../shared/data is not here)`, rules);
}

/** Gives a way to write small files that are gone after the tests. */
export function filesForTests(): (text: string | Buffer, name?: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'hub-import-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  return (text, name) => {
    count += 1;
    const path = join(folder, name ?? `file-${count}.csv`);
    writeFileSync(path, text);
    return path;
  };
}

/** A table as text: the first line, then rows in which the named cells differ. */
export function tableText(usual: Record<string, string>, rows: Record<string, string>[], delimiter = ','): string {
  const columns = Object.keys(usual);
  const lines = rows.map((row) => columns.map((column) => row[column] ?? usual[column]).join(delimiter));
  return `${[columns.join(delimiter), ...lines].join('\n')}\n`;
}
