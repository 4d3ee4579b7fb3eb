import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Cells } from './read-cells.js';
import { filesForTests } from './read-files-for-tests.js';
import { DamagedFile } from './read-text.js';
import { readTable } from './rows.js';

const written = filesForTests();
const layout = { format: 'towns', required: ['name', 'people'], optional: ['since'] };
const townIn = (cells: Cells) => ({
  line: cells.line,
  name: cells.text('name'),
  people: cells.decimal('people').digits,
});
const towns = (text: string | Buffer) => readTable(written(text), layout, townIn);
const refusalOf = (text: string | Buffer) =>
  towns(text).then(
    () => 'it was read',
    (error: Error) =>
      error instanceof DamagedFile ? error.message.replace(/^.*hub-import-\S*\.csv/, 'FILE') : error.stack,
  );

describe('a table', () => {
  it('is read row by row, each with the physical line on which it begins', async () => {
    const { rows, rowCount } = await towns('\ufeffname,people\r\n"Upper\r\nTown",1\r\n\r\nLower Town,2\r\nLast,3');
    expect(rowCount).toBe(3);
    expect(rows.map(({ line, name }) => [line, name])).toEqual([
      [2, 'Upper\r\nTown'],
      [5, 'Lower Town'],
      [6, 'Last'],
    ]);
  });

  it('keeps names in every script to the letter, wherever the file is cut into chunks', async () => {
    const name = 'Åbo–Ελλάδα–東京–😀'.repeat(20);
    const { rows } = await towns(`name,people\n${`${name},1\n`.repeat(1000)}`);
    expect(new Set(rows.map((row) => row.name))).toEqual(new Set([name]));
    expect(rows).toHaveLength(1000);
  });

  it('may lack an optional column or have it', async () => {
    expect((await towns('name,people,since\nA,1,1900\n')).rows).toHaveLength(1);
  });

  it('lists a row that cannot be interpreted and reads the others', async () => {
    const { rows, refused, rowCount } = await towns(`name,people\nA,1\nB,many\n,3\nD,4,5\nE,5\n`);
    expect(rowCount).toBe(5);
    expect(rows.map((row) => row.name)).toEqual(['A', 'E']);
    expect(refused).toEqual([
      { row: 3, column: 'people', reason: 'This is not a plain decimal number such as 1250.50.', value: 'many' },
      { row: 4, column: 'name', reason: 'The cell is empty and must not be.', value: '' },
      { row: 5, column: null, reason: 'The row has 3 cells where the header has 2.' },
    ]);
  });

  it('cuts what it quotes from a refused cell at 80 characters', async () => {
    const { refused } = await towns(`name,people\nA,${'x'.repeat(500)}\n`);
    expect(refused[0]?.value).toHaveLength(80);
  });
});

describe('a damaged file is refused as a whole with one sentence', () => {
  const broken: [string, string | Buffer, string][] = [
    ['an empty file', '', 'FILE is empty: get the whole file again.'],
    ['a file of blank lines', '\n \n', 'FILE is empty: get the whole file again.'],
    ['a header without rows', 'name,people\n', 'FILE has a header but no rows: get the whole file again.'],
    [
      'an unknown column',
      'name,people,mayor,river\nA,1,B,C\n',
      'FILE, line 1: the format towns does not know the columns "mayor", "river": remove them or use the format as published.',
    ],
    [
      'a missing column',
      'name,folk\nA,1\n',
      'FILE, line 1: the column "people" of the format towns is missing: check that the format is the right one and the file whole.',
    ],
    [
      'a column that stands there twice',
      'name,people,name\nA,1,B\n',
      'FILE, line 1: the column "name" stands there more than once: remove or rename one.',
    ],
    [
      'a quote that is never closed',
      'name,people\nA,1\n"B,2\nC,3\n',
      'FILE, line 3: a quote that opens in this row is never closed: get the whole file again.',
    ],
    [
      'a quote in the middle of a cell',
      'name,people\nA,1\nB"C,2\n',
      'FILE, line 3, cell 1: a quote stands where none may stand: correct it or get the file again.',
    ],
    [
      'text after a closing quote',
      'name,people\n"A"B,1\n',
      'FILE, line 2, cell 1: a quote stands where none may stand: correct it or get the file again.',
    ],
    [
      'a last row that is cut off',
      'name,people\nA,1\nB',
      'FILE, line 3: the last row has 1 of 2 cells: the file is cut off, get the whole file again.',
    ],
    [
      'a NUL byte',
      'name,people\nA,1\nB\0,2\n',
      'FILE, line 3, byte 2: there is a NUL byte: the file is damaged or not UTF-8 text, get it again.',
    ],
    [
      'text in another encoding than UTF-8',
      Buffer.from('name,people\nA,1\nC\xf4te,2\n', 'latin1'),
      'FILE, line 3, byte 2: this is not UTF-8 text: save the file as UTF-8.',
    ],
    [
      'a character that is cut in the middle',
      Buffer.concat([Buffer.from('name,people\nA,1\nB,'), Buffer.from('😀').subarray(0, 3)]),
      'FILE, line 3, byte 3: this is not UTF-8 text: save the file as UTF-8.',
    ],
    [
      'a compressed file',
      Buffer.from([0x1f, 0x8b, 8, 0]),
      'FILE is compressed: unpack it with gunzip and import what comes out.',
    ],
    [
      'an Excel file',
      Buffer.from('PK\u0003\u0004'),
      'FILE is a zip or Excel file: save the sheet as CSV in UTF-8 and import that.',
    ],
    [
      'a line longer than any table has',
      `name,people\n${'x'.repeat(4_200_000)}`,
      'FILE, line 2: the line is longer than 4 MB: this is no table, get the file again.',
    ],
    [
      'a row longer than any format has',
      `name,people\n"${'x,\n'.repeat(400_000)}`,
      'FILE, line 2: a quote that opens in this row is never closed: get the whole file again.',
    ],
  ];
  it.each(broken)('%s', async (_, text, sentence) => {
    expect(await refusalOf(text)).toBe(sentence);
  });

  it('a path that does not exist', async () => {
    const path = written('x').replace('.csv', '.txt');
    await expect(readTable(path, layout, townIn)).rejects.toThrow(
      `${path} is not there: give the path of a file that exists.`,
    );
  });

  it('a folder', async () => {
    const path = dirname(written('x'));
    await expect(readTable(path, layout, townIn)).rejects.toThrow(`${path} is a folder: give the path of one file.`);
  });
});
