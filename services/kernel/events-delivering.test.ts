import { expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { pino } from 'pino';
import { adminUrl } from '../../test/databases.js';
import { endingOf } from './events-delivering.js';

it('a connection of the queue that is still held when all jobs are over is named and cut off, so that a stop ends', async () => {
  const said: string[] = [];
  const log = pino({ level: 'fatal' }, { write: (line: string) => void said.push(JSON.parse(line).msg) });
  const pool = new Pool({ connectionString: adminUrl(), max: 2 });
  pool.on('error', () => undefined);
  const end = endingOf(pool, log, 100);
  const [asking, idle] = [await pool.connect(), await pool.connect()];
  const asked = asking.query('select pg_sleep(60)').catch((error: Error) => error.message);
  idle.on('error', () => undefined);
  await end();
  expect(await asked).toMatch(/terminated/);
  expect(said).toEqual([
    'a connection of the queue is cut off; its statement: select pg_sleep(60)',
    'a connection of the queue is cut off; its statement: none',
  ]);
});

it('connections of the queue that nobody holds end at once, and nothing is said', async () => {
  const said: string[] = [];
  const pool = new Pool({ connectionString: adminUrl(), max: 2 });
  const end = endingOf(pool, pino({ level: 'fatal' }, { write: (line: string) => void said.push(line) }), 100);
  await pool.query('select 1');
  await end();
  expect(said).toEqual([]);
});
