import { afterAll, describe, expect, it } from '@jest/globals';
import { columns, guess } from './columns.js';
import { FilesForTests } from './files-for-tests.js';
import { guessMapping, placesOf } from './mapping.js';

const files = new FilesForTests();
afterAll(() => files.remove());

describe('a heading', () => {
  it('is known by its words, however they are written', () => {
    const said = [
      'RECORD_ID',
      ' Our  ref. ',
      'recordId',
      'FinancialYear',
      'Fin. year',
      'Control-Total',
      'Amount (£)',
      'Value in EUR',
    ];
    expect(said.map((heading) => guess(heading))).toEqual([
      { column: 'record' },
      { column: 'record' },
      { column: 'record' },
      { column: 'financialYear' },
      { column: 'financialYear' },
      { column: 'controlTotal' },
      { column: 'amount', currency: 'GBP' },
      { column: 'amount', currency: 'EUR' },
    ]);
  });

  it('that speaks of thousands or millions is not taken for an amount', () => {
    const said = ['Amount (£m)', 'Amount £000', 'Amount in thousands', 'Value (GBP million)', 'Colour'];
    expect(said.map((heading) => guess(heading))).toEqual([null, null, null, null, null]);
  });

  it('is no word of two columns', () => {
    const words = columns.flatMap(({ name, words: others }) => [name.toLowerCase(), ...others]);
    expect(words.filter((word, at) => words.indexOf(word) !== at)).toEqual([]);
  });
});

describe('a mapping', () => {
  const headings = ['Record', 'Mission', 'Kind', 'Pooling', 'Name'];

  it('that the hub itself has added to a pulled or a checked file is left out', () => {
    const mapping = guessMapping(['id', 'record', 'mission', 'Comments', 'Hub comments']);
    const pulled = guessMapping(['record', 'id', 'mission']);
    expect(pulled.columns).toEqual({ record: 'record', id: null, mission: 'mission' });
    expect(mapping.columns).toMatchObject({ mission: 'mission', Comments: null, 'Hub comments': null });
    const kept = {
      columns: { record: 'record', mission: 'mission' },
      always: { kind: 'DATA', pooling: 'IN_KIND', name: 'Maps' },
    };
    expect(placesOf(['record', 'mission', 'Comments'], kept, 'maps.checked.csv').get('mission')).toEqual({
      ...{ at: 1, heading: 'mission' },
    });
  });

  it('takes the currency from the heading of the amount where no column has it', () => {
    expect(guessMapping(['Record', 'Amount (£)']).always).toEqual({ currency: 'GBP', system: 'spreadsheet' });
    expect(guessMapping(['Amount (£)', 'Currency', 'System']).always).toEqual({});
  });

  it('reads what is always so as if every row said it', async () => {
    const file = files.csv('always.csv', 'Record | Name | Quantity | Unit', 'R-1 | Maps | 3 | sets');
    files.write(
      'always.csv.mapping.json',
      JSON.stringify({
        columns: { Record: 'record', Name: 'name', Quantity: 'quantity', Unit: 'unit' },
        always: { mission: 'clean-energy', kind: 'DATA', pooling: 'IN_KIND' },
      }),
    );
    const [found] = await files.found(file);
    expect(found!.input).toMatchObject({
      mission: 'clean-energy',
      kind: 'DATA',
      terms: { quantity: '3', unit: 'sets' },
    });
  });

  const kept: [string, string, string[], string][] = [
    ['is not JSON', '{', headings, 'is not JSON; correct it, or delete it to have the columns guessed again.'],
    ['is of another shape', '{"rows":{}}', headings, 'is not a mapping (columns: '],
    ['names a column that does not exist', '{"columns":{"Record":"colour"}}', headings, 'names a column "colour" that'],
    [
      'names a heading that is gone',
      JSON.stringify({ columns: { ...guessMapping(headings).columns, Old: null } }),
      headings,
      'has no column "Old" any more, which',
    ],
    [
      'does not name a new heading',
      JSON.stringify(guessMapping(headings)),
      [...headings, 'Colour'],
      'The column "Colour" of kept.csv is not known: say in kept.csv.mapping.json what it is',
    ],
    [
      'names one column twice',
      JSON.stringify({ columns: { ...guessMapping(headings).columns, Title: 'name' } }),
      [...headings, 'Title'],
      '"Name" and "Title" are both mapped to name',
    ],
    [
      'leaves out what is needed',
      JSON.stringify({ columns: { ...guessMapping(headings).columns, Kind: null } }),
      headings,
      'No column of kept.csv is the kind',
    ],
    [
      'has a constant that cannot be',
      JSON.stringify({ ...guessMapping(headings), always: { currency: 'pounds' } }),
      headings,
      'What is always the currency cannot be taken: "pounds" is no currency code',
    ],
  ];
  it.each(kept)('that %s is refused in one sentence', async (_, mapping, heads, sentence) => {
    const file = files.csv('kept.csv', heads.join(' | '), 'R-1 | clean-energy | Data | In kind | Maps');
    files.write('kept.csv.mapping.json', mapping);
    await expect(files.found(file)).rejects.toThrow(sentence);
  });

  it('has no place for two columns of one name', () => {
    expect(() => placesOf(['Name', 'Name'], guessMapping(['Name']), 'two.csv')).toThrow(
      'Two columns of two.csv are called "Name"; give each a name of its own.',
    );
  });
});
