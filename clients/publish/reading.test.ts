import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { FilesForTests, zipOf } from './files-for-tests.js';
import { openTable } from './open-table.js';

const files = new FilesForTests();
afterAll(() => files.remove());

const headings = 'Record ID | Mission | Type | Pooling | Title | Financial year | Control total | Amount | Currency';
const first = 'R-1 | clean-energy | Money | Pooled | Heat | 2025-26 | CDEL | 100.00 | GBP';

/** A row with one cell written otherwise. */
const withCell = (column: string, written: string) => {
  const at = headings.split(' | ').indexOf(column);
  return first
    .split(' | ')
    .map((cell, place) => (place === at ? written : cell))
    .join(' | ');
};

describe('rows of a CSV file', () => {
  it('with one record id become one contribution with an amount for each year and control total', async () => {
    const file = files.csv(
      'one.csv',
      headings,
      first,
      'R-1 | | | | | 2026/27 | Programme RDEL | 50 | £',
      'R-2 | clean-energy | staff | in kind | Analysts | | | | ',
    );
    const found = await files.found(file, {});
    expect(found.map(({ rows, faults }) => [rows, faults.length])).toEqual([
      [[2, 3], 0],
      [[4], 2],
    ]);
    expect(found[0]!.input).toEqual({
      ...{ sourceSystem: 'spreadsheet', sourceRecordId: 'R-1', mission: 'clean-energy' },
      ...{ kind: 'MONEY', pooling: 'POOLED', publicName: 'Heat', state: 'PLEDGED' },
      terms: {
        amounts: [
          { financialYear: '2025-26', controlTotal: 'CDEL', amount: { amount: '100.00', currency: 'GBP' } },
          { financialYear: '2026-27', controlTotal: 'RDEL_PROGRAMME', amount: { amount: '50', currency: 'GBP' } },
        ],
      },
      provenance: { source: 'one.csv', row: '2-3' },
    });
  });

  it('are read whichever sign separates them and whatever mark begins the file', async () => {
    const text = `\ufeff${[headings, first].join('\r\n')}`;
    for (const [name, sign] of Object.entries({ comma: ',', semicolon: ';', tab: '\t' })) {
      const found = await files.found(files.write(`${name}.csv`, text.replaceAll(' | ', sign)));
      expect(found.map(({ input }) => input?.sourceRecordId)).toEqual(['R-1']);
    }
  });

  const wrong: [string, string, string][] = [
    ['Amount', '1,250.50', 'has separators; write it as 1250.50, or say with --thousands'],
    ['Amount', '1.250,50', 'has separators'],
    ['Amount', '£100', 'is not only a number; the currency has a column of its own.'],
    ['Amount', '100 GBP', 'is not only a number; the currency has a column of its own.'],
    ['Amount', '100 pounds', 'is not only a number'],
    ['Amount', 'ten', '"ten" is no amount; write it in digits, such as 1250.50.'],
    ['Amount', '£', '"£" is no amount; write it in digits'],
    ['Amount', '10k', '"10k" is no amount; write it in digits'],
    ['Amount', '0.00', 'is zero; leave it out.'],
    ['Amount', '-5', '"-5" is not above zero; only ALIGNED money may be below, where income is more.'],
    ['Amount', '=1+1', 'This is a formula; write its value.'],
    ['Currency', 'pounds', 'is no currency code such as GBP.'],
    ['Type', 'gold', 'is none of MONEY, BUDGET_COVER'],
    ['Mission', 'Clean Energy', 'is no id; ids are lower-case words'],
    ['Financial year', '2025', 'write 2025-26 (April to March) or 2025-25 (the calendar year).'],
    ['Financial year', '2025-27', 'is no financial year such as 2025-26.'],
    ['Control total', 'RDEL', 'is none of RDEL_ADMIN'],
    ['Title', '', 'The name is missing: what the public calls it.'],
    ['Record ID', '', 'The row names no record.'],
  ];
  it.each(wrong)('are refused for the %s "%s"', async (column, written, reason) => {
    const faults = await files.faults(files.csv('wrong.csv', headings, withCell(column, written)));
    expect(faults).toEqual([expect.stringContaining(reason)]);
    expect(faults[0]).toMatch(new RegExp(`^2 (${column}): `));
  });

  it('are refused for a record that stands there twice, two currencies, and what contradicts the first row', async () => {
    const file = files.csv(
      ...(['twice.csv', headings, first] as const),
      'R-2 | clean-energy | Money | Pooled | Heat | 2025-26 | CDEL | 1 | GBP',
      'R-2 | clean-energy | Money | Pooled | Heat | 2026-27 | CDEL | 1 | EUR',
      'R-3 | clean-energy | Money | Pooled | Heat | 2025-26 | CDEL | 1 | GBP',
      'R-3 | clean-energy | Money | Aligned | Heat | 2025-26 | CAME | 1 | GBP',
      'R-4 | clean-energy | Money | Pooled | Heat | 2025-26 | CDEL | 1 | GBP',
      'R-4 | clean-energy | Money | Pooled | Heat | 2025-26 | CDEL | 2 | GBP',
      first,
    );
    expect(await files.faults(file)).toEqual([
      '4 Currency: This is EUR and the first row of the record GBP; a contribution has one currency.',
      '6 Pooling: Row 5 of the same record says "POOLED" here.',
      '8 Financial year: 2025-26 CDEL stands in row 7 of the record already.',
      '9 Record ID: This record stands in row 2 already; its rows stand together, and each contribution once.',
    ]);
  });

  it('may have amounts below zero where a department spends them itself, which is net of its income', async () => {
    const aligned = withCell('Pooling', 'Aligned');
    const file = files.csv('income.csv', headings, aligned, aligned.replace('CDEL | 100.00', 'CAME | -40.00'));
    const [found] = await files.found(file);
    expect(found!.faults).toEqual([]);
    expect(found!.input!.terms.amounts.map(({ amount }) => amount.amount)).toEqual(['100.00', '-40.00']);
  });

  it('are refused where cells are shifted', async () => {
    const text = `${headings.replaceAll(' | ', ',')}\n${first.replaceAll(' | ', ',').replace('100.00', '1,100.00')}\n`;
    const faults = await files.faults(files.write('shifted.csv', text));
    expect(faults[0]).toBe('2 null: The row has 10 cells under 9 headings; is a separator not in quotes?');
  });

  it('have thousands separators where it was said which', async () => {
    const file = files.csv(
      'thousands.csv',
      headings,
      withCell('Amount', '1,250.50'),
      withCell('Amount', '12,50').replace('R-1', 'R-2'),
    );
    const [sound, broken] = await files.found(file, { thousands: ',' });
    expect(sound!.input!.terms.amounts[0]!.amount.amount).toBe('1250.50');
    expect(broken!.faults[0]!.reason).toContain('has separators');
  });
});

describe('days', () => {
  const dated = `${headings} | Signed on | Agreement | Status`;
  const day = (written: string) => `${first} | ${written} | MoU | agreed`;
  const read = async (written: string, days?: 'day-first' | 'month-first') => {
    const [found] = await files.found(files.csv('days.csv', dated, day(written)), { days });
    return found!.input?.agreement?.signedOn ?? found!.faults[0]!.reason;
  };

  it('are read where they can be read in one way only', async () => {
    expect([
      await read('2025-04-30'),
      await read('30/04/2025'),
      await read('4/30/2025'),
      await read('5.5.2025'),
    ]).toEqual(['2025-04-30', '2025-04-30', '2025-04-30', '2025-05-05']);
    expect([await read('03/04/2025', 'day-first'), await read('03/04/2025', 'month-first')]).toEqual([
      '2025-04-03',
      '2025-03-04',
    ]);
  });

  const wrong = [
    ['03/04/2025', 'can be read in two ways; say --days day-first or --days month-first.'],
    ['2025-02-29', 'is a day that does not exist.'],
    ['05/01/1900', 'can be read in two ways'],
    ['31/01/1900', 'is a day of 1900 or so, which a spreadsheet makes of small numbers'],
    ['45777', `is a spreadsheet's number for 2025-04-30; format the cell as a date`],
    ['tomorrow', 'is no day; write it as 2025-04-30.'],
    ['30/04/25', 'is no day; write it as 2025-04-30.'],
  ];
  it.each(wrong)('written %s are refused', async (written, reason) => {
    expect(await read(written!)).toContain(reason);
  });
});

describe('a workbook', () => {
  const cells = headings.split(' | ');

  it('is read with its numbers exactly as people see them', async () => {
    const row = (id: string, amount: number | string) => [
      ...[id, 'clean-energy', 'Money', 'Pooled', 'Heat', '2025-26', 'CDEL', amount, 'GBP'],
    ];
    const file = await files.xlsx(
      ...(['book.xlsx', cells] as const),
      row('R-1', 0.1 + 0.2),
      row('R-2', 1234567890.12),
      row('R-3', '99999999999999999.99'),
    );
    const found = await files.found(file);
    expect(found.map(({ input }) => input?.terms.amounts[0]?.amount.amount)).toEqual([
      '0.3',
      '1234567890.12',
      '99999999999999999.99',
    ]);
  });

  it('is read without unpacking its pictures, however large they are', async () => {
    const others = [{ name: 'xl/media/picture.png', text: Buffer.alloc(5_000_000, 'a'), states: 1_000 }];
    const file = files.sheet('pictures.xlsx', xml(1, ...cells), '', { others });
    expect((await openTable(file)).table.headings).toEqual(cells);
  });

  it('has its dates as days, but those of 1900', async () => {
    const row = (id: string, signed: Date) => [
      ...[id, 'clean-energy', 'Data', 'In kind', 'Maps', 1, 'sets', 'AGREED', 'MOU', signed],
    ];
    const file = await files.xlsx(
      'dates.xlsx',
      ['Record', 'Mission', 'Kind', 'Pooling', 'Name', 'Quantity', 'Unit', 'State', 'Agreement', 'Signed'],
      row('R-1', new Date('2025-04-30T00:00:00Z')),
      row('R-2', new Date('2024-02-29T00:00:00Z')),
      row('R-3', new Date('1900-03-01T00:00:00Z')),
    );
    const found = await files.found(file);
    expect(found.map(({ input, faults }) => input?.agreement?.signedOn ?? faults[0]!.reason)).toEqual([
      '2025-04-30',
      '2024-02-29',
      expect.stringContaining('is a day of 1900 or so'),
    ]);
  });

  const xml = (row: number, ...written: string[]) =>
    `<row r="${row}">${written
      .map((value, at) => {
        const place = `${String.fromCharCode(65 + at)}${row}`;
        return value.startsWith('<') ? value.replace('<c', `<c r="${place}"`) : inline(place, value);
      })
      .join('')}</row>`;
  const inline = (place: string, value: string) => `<c r="${place}" t="inlineStr"><is><t>${value}</t></is></c>`;

  it('is refused for formulas, merged cells and errors, cell by cell', async () => {
    const row = (number: number, id: string, title: string, amount: string) =>
      xml(number, id, 'clean-energy', 'Money', 'Pooled', title, '2025-26', 'CDEL', amount, 'GBP');
    const file = files.sheet(
      'cells.xlsx',
      xml(1, ...cells) +
        row(2, 'R-1', 'Heat', '<c><f>SUM(A1:A9)</f><v>100</v></c>') +
        row(3, 'R-2', 'Heat', '<c><v>1</v></c>') +
        row(4, 'R-3', 'Heat', '<c t="e"><v>#REF!</v></c>') +
        row(5, 'R-4', 'Heat', '<c s="1"><v>60</v></c>') +
        row(6, 'R-5', 'Heat', '<c><v>5</v></c>'),
      '<mergeCells count="1"><mergeCell ref="E3:E3"/></mergeCells>',
    );
    expect(await files.faults(file)).toEqual([
      '2 Amount: H2 holds a formula; paste its value.',
      '3 Title: E3:E3 is merged into one cell; split it and fill in each row.',
      '4 Amount: H4 shows an error of the spreadsheet; correct it.',
      expect.stringMatching(/^5 Amount: "19\d\d-\d\d-\d\d" is a date, not a number\.$/),
    ]);
  });

  it('has no day 60, which a spreadsheet takes for the leap day that 1900 did not have', async () => {
    const signed = (row: number, serial: number) =>
      xml(
        row,
        `R-${row}`,
        'clean-energy',
        'Data',
        'In kind',
        'Maps',
        '<c><v>1</v></c>',
        'sets',
        'AGREED',
        'MOU',
        `<c s="1"><v>${serial}</v></c>`,
      );
    const heads = ['Record', 'Mission', 'Kind', 'Pooling', 'Name', 'Quantity', 'Unit', 'State', 'Agreement', 'Signed'];
    const file = files.sheet('serial.xlsx', xml(1, ...heads) + signed(2, 59) + signed(3, 60) + signed(4, 45777));
    const found = await files.found(file);
    expect(found.map(({ input, faults }) => input?.agreement?.signedOn ?? faults[0]!.reason)).toEqual([
      expect.stringContaining('is a day of 1900 or so'),
      expect.stringContaining('is a day of 1900 or so'),
      '2025-04-30',
    ]);
  });

  it('with merged headings is refused as a whole', async () => {
    const file = files.sheet('merged.xlsx', xml(1, ...cells), '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>');
    await expect(files.found(file)).rejects.toThrow('The headings of merged.xlsx hold merged cells or formulas');
  });
});

describe('a file that cannot be read', () => {
  const large = (name: string, megabytes: number) => {
    const path = join(files.folder, name);
    const file = openSync(path, 'w');
    ftruncateSync(file, megabytes * 1024 * 1024);
    closeSync(file);
    return path;
  };
  const member = (text: string | Buffer, states?: number) =>
    zipOf([{ name: 'xl/worksheets/sheet1.xml', text, states }]);
  const invalid = Buffer.concat([Buffer.from(`${headings}\n`), Buffer.from([0x43, 0x61, 0x66, 0xe9, 0x0a])]);

  const faults: [string, () => string, string][] = [
    ['is not there', () => join(files.folder, 'none.csv'), 'none.csv is not there'],
    [
      'has quotes amid a cell',
      () => files.write('inches.csv', 'Record,Name\nR-1,a 6" pipe\n'),
      'Line 2 of inches.csv has quotes that do not fit together.',
    ],
    ['is a folder', () => files.folder, 'is no file but a folder or a device: give the path of a CSV or XLSX file.'],
    ['is of another kind', () => files.write('a.pdf', '%PDF'), 'a.pdf is neither .csv nor .xlsx'],
    ['is an empty CSV', () => files.write('empty.csv', ''), 'empty.csv is empty.'],
    ['is an empty workbook', () => files.write('empty.xlsx', ''), 'empty.xlsx is empty.'],
    [
      'has blank headings',
      () => files.write('blank.csv', ',,\n1,2,3\n'),
      'The first row of blank.csv has no headings.',
    ],
    ['has half a gigabyte', () => large('large.csv', 500), 'large.csv has 500 MB; publish at most 200 MB at a time.'],
    ['is half a gigabyte of workbook', () => large('large.xlsx', 500), 'has 500 MB; a workbook may have 20 MB'],
    ['is not UTF-8', () => files.write('latin.csv', invalid), 'latin.csv is not UTF-8 (in or after line 1)'],
    ['has bytes that no text has', () => files.write('nul.csv', 'a,b\n1,\0\n'), 'nul.csv is no CSV file'],
    [
      'has a quote without end',
      () => files.write('quote.csv', `${headings.replaceAll(' | ', ',')}\n1,"2\n3,4\n`),
      'of quote.csv has quotes that do not fit',
    ],
    ['is a workbook named CSV', () => files.write('book.csv', member('')), 'book.csv is no CSV file but a workbook'],
    [
      'is text named XLSX',
      () => files.write('text.xlsx', 'a,b\n1,2\n'),
      'text.xlsx is no workbook, whatever its name says',
    ],
    [
      'is an old workbook',
      () => files.write('old.xlsx', Buffer.from('d0cf11e0a1b11ae1', 'hex')),
      'old.xlsx is an old or protected workbook',
    ],
    [
      'is cut off',
      () => files.write('cut.xlsx', member('<a/>').subarray(0, 60)),
      'cut.xlsx is damaged or no workbook.',
    ],
    ['is another archive', () => files.write('zip.xlsx', member('<a/>')), 'zip.xlsx is damaged or no workbook.'],
    [
      'unpacks to too much',
      () => files.write('bomb.xlsx', member('<a/>', 110 * 1024 * 1024)),
      'unpacks to 110 MB, more than 100 MB.',
    ],
    [
      'has a space far from its table',
      () =>
        files.sheet(
          'far.xlsx',
          `<row r="1"><c r="A1"><v>1</v></c><c r="AB1"><v>1</v></c></row><row r="1048576"><c r="B1048576" t="inlineStr"><is><t> </t></is></c></row>`,
        ),
      'far.xlsx reaches to B1048576 and to AB1; delete what stands far from its table, be it only a space.',
    ],
    [
      'unpacks to more than it states',
      () => files.write('lying.xlsx', member(Buffer.alloc(5_000_000, 'a'), 1_000)),
      'lying.xlsx unpacks to more than it states.',
    ],
  ];
  it.each(faults)('because it %s is refused in one sentence', async (_, file, sentence) => {
    await expect(files.found(file())).rejects.toThrow(sentence);
  });
});
