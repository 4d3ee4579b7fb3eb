import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RowFault } from './cell.js';
import { FilesForTests } from './files-for-tests.js';
import { openTable } from './open-table.js';
import { writeChecked } from './write-checked.js';
import { unzipped, withMember } from './zip.js';

const files = new FilesForTests();
afterAll(() => files.remove());

const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);

/** Checks a file with these faults; answers the checked one. */
async function checked(file: string, ...faults: RowFault[]): Promise<string> {
  const comments = new Map(faults.map((fault) => [fault.row, [fault]]));
  return writeChecked(file, await openTable(file), comments);
}

const all = (file: string) => unzipped(readFileSync(file), () => true, 1_000_000);
const partOf = (file: string, name = 'xl/worksheets/sheet1.xml') =>
  all(file)
    .find((member) => member.name === name)!
    .bytes.toString();

/** The cells of a file as texts, with the row they stand in; the headings first. */
async function cellsOf(file: string): Promise<string[][]> {
  const { table } = await openTable(file);
  const found = [['1', ...table.headings]];
  for await (const { row, cells } of table.rows()) found.push([String(row), ...cells.map(({ text }) => text)]);
  return found;
}

const text = (place: string, value: string) => `<c r="${place}" t="inlineStr"><is><t>${value}</t></is></c>`;
const fault = (row: number, reason = 'Is wrong.', column: string | null = 'Name'): RowFault => ({
  ...{ row, column, reason },
});
const written = (place: string, comment = 'Name: Is wrong.', style = '') =>
  `<c r="${place}"${style} t="inlineStr"><is><t xml:space="preserve">${comment}</t></is></c>`;

describe('a checked workbook', () => {
  const rows =
    `<row r="1" spans="1:3" ht="30" customHeight="1">${text('A1', 'Record')}${text('B1', 'Name')}<c r="C1" s="1" t="str"><v>Total</v></c></row>` +
    `<!-- <row r="2"></row> --><row r="2" spans="1:3">${text('A2', 'R-1')}<c r="C2" s="1"><f>SUM(1,2)</f><v>3</v></c></row>` +
    `<row r="4">${text('A4', 'R-2')}</row>`;
  const before = '<dimension ref="A1:C4"/><cols><col min="1" max="1" width="40" customWidth="1"/></cols>';
  const after = '<autoFilter ref="A1:C4"/><mergeCells count="1"><mergeCell ref="A4:B5"/></mergeCells>';
  const others = [
    { name: 'xl/worksheets/sheet2.xml', text: '<worksheet><sheetData><row r="9"/></sheetData></worksheet>' },
    { name: 'xl/media/logo.png', text: Buffer.from([0x89, 0x50, 0, 255, 1, 2, 3]) },
  ];
  const whole = (name: string) => files.sheet(name, rows, after, { before, others });

  it('is the same file, byte for byte, but for its column of comments', async () => {
    const file = whole('whole.xlsx');
    const found = await checked(file, fault(2), fault(5, '1 < 2 & "3"', null));
    const others = (path: string) => all(path).filter(({ name }) => name !== 'xl/worksheets/sheet1.xml');
    expect(others(found)).toEqual(others(file));
    expect(partOf(found)).toBe(
      partOf(file)
        .replace('ref="A1:C4"', 'ref="A1:D4"')
        .replace('spans="1:3" ht', 'spans="1:4" ht')
        .replace('<v>Total</v></c>', `<v>Total</v></c>${written('D1', 'Comments')}`)
        .replace('"2" spans="1:3"', '"2" spans="1:4"')
        .replace('<v>3</v></c>', `<v>3</v></c>${written('D2')}`)
        .replace('</sheetData>', `<row r="5">${written('D5', 'This row: 1 &lt; 2 &amp; "3"')}</row></sheetData>`),
    );
  });

  it('gets no second column when it is checked again, and loses the comments on rows that are sound now', async () => {
    const file = whole('twice.xlsx');
    const first = await checked(file, fault(2), fault(4, 'Is wrong too.', null));
    const second = await checked(first, fault(4, 'Is wrong too.', null));
    expect((await cellsOf(second)).map((cells) => [cells[0], ...cells.slice(4)])).toEqual([
      ['1', 'Comments'],
      ['2', ''],
      ['4', 'This row: Is wrong too.'],
    ]);
    expect(partOf(await checked(first, fault(2), fault(4, 'Is wrong too.', null)))).toBe(partOf(first));
  });

  const heads = `<row r="1">${text('A1', 'Name')}${text('B1', 'Comments')}</row>`;

  it('keeps what people wrote under "Comments", and has its own column beside', async () => {
    const file = files.sheet(
      'own.xlsx',
      `${heads}<row r="2">${text('A2', 'Heat')}${text('B2', 'Ask Jo.')}</row><row r="3">${text('A3', 'Cold')}</row>`,
    );
    const first = await checked(file, fault(3));
    const expected = [
      ['1', 'Name', 'Comments', 'Hub comments'],
      ['2', 'Heat', 'Ask Jo.', ''],
      ['3', 'Cold', '', 'Name: Is wrong.'],
    ];
    expect([await cellsOf(first), await cellsOf(await checked(first, fault(3)))]).toEqual([expected, expected]);
  });

  it('takes an empty column "Comments" with the style of its cells', async () => {
    const file = files.sheet('empty.xlsx', `${heads}<row r="2">${text('A2', 'Heat')}<c r="B2" s="1"/></row>`);
    const first = await checked(file, fault(2));
    expect(partOf(first)).toBe(partOf(file).replace('<c r="B2" s="1"/>', written('B2', 'Name: Is wrong.', ' s="1"')));
    expect(partOf(await checked(first))).toBe(partOf(file));
  });

  it('has its comments where neither a formula without a value stands nor a merged cell lies', async () => {
    const file = files.sheet(
      'beside.xlsx',
      `<row r="1">${text('A1', 'Name')}</row><row r="2">${text('A2', 'Heat')}<c r="B2"><f>A2</f></c><c r="E2" s="1"/></row>`,
      '<mergeCells><mergeCell ref="C9:C10"/></mergeCells>',
    );
    const found = partOf(await checked(file, fault(2)));
    expect(found).toContain(`</f></c>${written('D2')}<c r="E2" s="1"/></row>`);
    expect(found).toContain(written('D1', 'Comments'));
  });

  it('has its comments in the namespace of its sheet, without signs that XML has not', async () => {
    const cell = '<x:c r="A1" t="inlineStr"><x:is><x:t>Name</x:t></x:is></x:c>';
    const file = files.sheet('prefix.xlsx', '');
    const xml = `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row>${cell}</x:row><x:row r="2">${cell.replace('A1', 'A2')}</x:row></x:sheetData></x:worksheet>`;
    files.write('prefix.xlsx', withMember(readFileSync(file), 'xl/worksheets/sheet1.xml', Buffer.from(xml)));
    const found = partOf(await checked(file, fault(2, 'a\u0000b\ud800c')));
    expect(found).toContain('<x:c r="B2" t="inlineStr"><x:is><x:t xml:space="preserve">Name: a b c</x:t></x:is></x:c>');
  });

  it('without a column left for comments is refused in one sentence', async () => {
    const merged = '<mergeCells><mergeCell ref="B9:XFD9"/></mergeCells>';
    const file = files.sheet(
      'full.xlsx',
      `<row r="1">${text('A1', 'Name')}</row><row r="2">${text('A2', 'x')}</row>`,
      merged,
    );
    await expect(checked(file, fault(2))).rejects.toThrow('The sheet has no column left for comments;');
  });

  it(`has each comment in its row and every other cell as it was, however its rows are written (seed ${seed})`, async () => {
    const cells = fc.array(fc.boolean(), { minLength: 3, maxLength: 30 });
    const rule = fc.asyncProperty(fc.array(cells, { minLength: 1, maxLength: 8 }), fc.nat(7), async (drawn, wrong) => {
      const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'AA', 'AB', 'AC', 'AD'];
      const lines = drawn.map((row, index) => {
        const number = 2 * index + 2;
        const filled = row.map((is, at) => (is ? text(`${letters[at]}${number}`, `${number} ${at}`) : '')).join('');
        return filled === '' ? `<row r="${number}"/>` : `<row r="${number}">${filled}</row>`;
      });
      const file = files.sheet('drawn.xlsx', `<row r="1">${text('A1', 'Name')}</row>${lines.join('')}`);
      const was = await cellsOf(file);
      const [row] = was[1 + (wrong % Math.max(1, was.length - 1))] ?? [];
      const now = await cellsOf(await checked(file, ...(row ? [fault(Number(row))] : [])));
      const comment = (number: string) => (number === '1' ? 'Comments' : number === row ? 'Name: Is wrong.' : '');
      expect(now).toEqual(was.map((line) => [...line, comment(line[0]!)]));
    });
    await fc.assert(rule, { seed, numRuns: 40 });
  });
});

describe('a checked CSV file', () => {
  it('gets no second column when it is checked again', async () => {
    const file = files.csv('list.csv', 'Name | Amount', 'Heat | 1', 'Cold | 2');
    const first = await checked(file, fault(2), fault(3));
    expect(await cellsOf(await checked(first, fault(3, 'Is no amount.', 'Amount')))).toEqual([
      ['1', 'Name', 'Amount', 'Comments'],
      ['2', 'Heat', '1', ''],
      ['3', 'Cold', '2', 'Amount: Is no amount.'],
    ]);
  });
});
