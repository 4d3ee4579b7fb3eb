import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type Ending, endInTurn } from './program.js';

describe('the parts of a program', () => {
  it('end one after the other, and one that hangs or fails is named and keeps no other from ending', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'fatal', base: null }, { write: (line: string) => lines.push(line) });
    const ended: string[] = [];
    const ends = (what: string): Ending => [what, async () => void ended.push(what)];
    const endings: Ending[] = [
      ends('the server'),
      ['the queue', () => new Promise(() => undefined)],
      ends('the stores'),
      ['the graph', () => Promise.reject(new Error('it broke'))],
      ends('the database'),
    ];
    await endInTurn(endings, log, 30);
    expect(ended).toEqual(['the server', 'the stores', 'the database']);
    expect(lines.map((line) => JSON.parse(line)).map(({ msg, err }) => [msg, err.message])).toEqual([
      ['the queue did not end in good order', 'it has not ended within 30 ms'],
      ['the graph did not end in good order', 'it broke'],
    ]);
  });
});
