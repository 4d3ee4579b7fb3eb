import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
      [
        'the work in the background',
        () => {
          throw new Error('it broke at once');
        },
      ],
      ends('the database'),
    ];
    await expect(endInTurn(endings, log, 30)).rejects.toThrow(
      'not ended in good order: the queue, the graph, the work in the background',
    );
    expect(ended).toEqual(['the server', 'the stores', 'the database']);
    expect(lines.map((line) => JSON.parse(line)).map(({ msg, err }) => [msg, err.message])).toEqual([
      ['the queue did not end in good order', 'it has not ended within 30 ms'],
      ['the graph did not end in good order', 'it broke'],
      ['the work in the background did not end in good order', 'it broke at once'],
    ]);
    await expect(endInTurn([ends('the server')], log)).resolves.toBeUndefined();
  });

  it.each([
    [
      '1 and the name of what failed',
      'Promise.reject(new Error("it broke"))',
      1,
      'the queue did not end in good order',
    ],
    ['0 when they all ended', 'Promise.resolve()', 0, ''],
  ])('end their program with code %s', async (_, end, code, named) => {
    const script = `Promise.all([import('./.build/services/kernel/program.js'), import('pino')]).then(([it, { pino }]) => {
      const log = pino({}, process.stderr);
      it.stopOnSignal(() => it.endInTurn([['the queue', () => ${end}]], log));
      process.send('ready');
    })`;
    const program = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said = '';
    program.stderr!.on('data', (chunk) => {
      said += chunk;
    });
    await once(program, 'message');
    program.kill('SIGTERM');
    expect(await once(program, 'close')).toEqual([code, null]);
    expect(said === '' ? '' : JSON.parse(said).msg).toBe(named);
  });
});
