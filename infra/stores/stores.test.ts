import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { storesSetting } from '../../services/contributions/store-addresses.js';
import { readSettings } from '../../services/kernel/environment.js';
import { adminUrl } from '../../test/databases.js';
import { dropDatabase } from '../databases.js';
import { urlFor, withConnection } from '../postgres/connection.js';
import { prepareStores, storeRole } from './prepare-stores.js';
import { statusOf } from './status.js';

const folder = mkdtempSync(join(tmpdir(), 'hub-stores-'));
const given = 'stores_given';
const file = join(folder, 'stores.json');
const settings = {
  DATABASE_URL: process.env.TEST_ADMIN_URL!,
  HUB_SECRET: 'a-secret-of-this-test-run',
  HUB_DATA_DIR: folder,
};

interface Said {
  code: number;
  out: string;
  err: string;
}
const run = (args: string[], stores: object | string) => {
  writeFileSync(file, typeof stores === 'string' ? stores : JSON.stringify(stores));
  return new Promise<Said>((resolve) => {
    execFile(
      process.execPath,
      args,
      { env: { PATH: process.env.PATH, ...settings, CONTRIBUTION_STORES: file } },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
};

beforeAll(() => withConnection(adminUrl(), (admin) => admin.query(`create database ${given}`)));
afterAll(async () => {
  for (const name of [
    given,
    ...['contributions', 'missions', 'budgets', 'outcomes'].map((each) => `hub_${each}`),
    storeRole('made-here'),
  ])
    await dropDatabase(adminUrl(), name);
  rmSync(folder, { recursive: true });
});

const read = (content: string) => {
  writeFileSync(file, content);
  return () => readSettings({ CONTRIBUTION_STORES: storesSetting }, { CONTRIBUTION_STORES: file });
};

describe('CONTRIBUTION_STORES', () => {
  it.each([
    ['{', 'is not JSON'],
    ['[]', 'must be an object such as'],
    ['{"Not An Id": "here"}', 'names "Not An Id", which is no organisation’s id'.replace('’', "'")],
    ['{"council": "mysql://host/name"}', 'must give council a postgresql:// address with a database, or "here"'],
    ['{"council": "postgresql://host"}', 'must give council a postgresql:// address with a database, or "here"'],
    ['{"council": 7}', 'must give council a postgresql:// address with a database, or "here"'],
    [
      '{"one": "postgresql://a@host/name", "other": "postgres://b@host/name"}',
      'gives other the database of one; each needs one of its own',
    ],
  ])('that is %s is refused in one sentence', (content, sentence) => {
    expect(read(content)).toThrow(sentence);
    expect(read(content)).toThrow(/^These settings are wrong:\n {2}CONTRIBUTION_STORES: the file [^\n]*$/);
  });

  it('that is not there is refused in one sentence, and left out means none', () => {
    expect(() =>
      readSettings({ CONTRIBUTION_STORES: storesSetting }, { CONTRIBUTION_STORES: '/nowhere.json' }),
    ).toThrow('the file /nowhere.json cannot be read');
    expect(readSettings({ CONTRIBUTION_STORES: storesSetting }, {})).toEqual({ CONTRIBUTION_STORES: {} });
  });
});

describe('npm run migrate and npm run stores', () => {
  const stores = () => ({
    'given-department': urlFor(adminUrl(), { database: given }),
    'made-here': 'here',
    'away-department': 'postgresql://somebody:secret@127.0.0.1:9/none',
  });

  it('bring each store up to date, name the one that is away, and say no password', async () => {
    const migrated = await run(['.build/infra/migrate.js'], stores());
    expect(migrated.code).toBe(1);
    expect(migrated.out).toContain('Store of given-department: up to date\n');
    expect(migrated.out).toContain('Store of made-here: up to date\n');
    expect(migrated.out).toMatch(/Store of away-department: away or behind \(.*ECONNREFUSED.*\)/);
    const addresses = JSON.parse(readFileSync(join(folder, 'contribution-stores.json'), 'utf8'));
    for (const [organisation, address] of Object.entries<string>(addresses)) {
      expect([organisation, new URL(address).password]).toEqual([organisation, '']);
      expect(new URL(address).username).toBe(storeRole(organisation));
    }
    const status = await run(['.build/infra/stores/stores.js', 'status', '--json'], stores());
    expect(status.code).toBe(1);
    expect(
      JSON.parse(status.out).map(({ organisation, place, state }: Record<string, string>) => [
        organisation,
        place,
        state!.split(' ')[0],
      ]),
    ).toEqual([
      ['away-department', 'own store', 'away'],
      ['given-department', 'own store', 'OK'],
      ['made-here', 'own store', 'OK'],
    ]);
    expect(migrated.out + migrated.err + status.out + status.err).not.toContain('secret@');
  }, 120_000);

  it('count those that are still in the store of everybody in one statement, without a warning', async () => {
    const first = urlFor(adminUrl(), { database: 'hub_contributions' });
    const isHere = (is: boolean) =>
      withConnection(first, (client) =>
        client.query(`update organisation_place set is_here = $1 where organisation <> ''`, [is]),
      );
    await isHere(true);
    const { code, out, err } = await run(['.build/infra/stores/stores.js', 'status'], stores());
    await isHere(false);
    expect([code, err]).toEqual([1, '']);
    expect(out).toMatch(/^away-department .* store of everybody .* 0 {2}127.0.0.1:9 .* away \(connect ECONNREFUSED/m);
    expect(out).toMatch(/^made-here .* store of everybody .* 0 .* OK$/m);
  }, 60_000);

  it('name a store that is behind, and by how much', async () => {
    const owner = urlFor(adminUrl(), { database: given });
    await withConnection(owner, (client) =>
      client.query(`delete from mikro_orm_migrations where name = '0010-stores'`),
    );
    const [, behind] = await statusOf(adminUrl(), stores());
    expect(behind).toMatchObject({
      organisation: 'given-department',
      state: 'behind by 1 migrations; run "npm run migrate"',
    });
  });

  it('refuse the database of everybody as a store, and a move to one that is away or that nobody named', async () => {
    const away = await run(['.build/infra/stores/stores.js', 'move', 'away-department', '--to', 'own'], stores());
    expect([away.code, away.out, away.err]).toEqual([
      1,
      '',
      'The store of away-department at 127.0.0.1:9 does not answer (connect ECONNREFUSED 127.0.0.1:9). Start it or correct its address, and run the same command again.\n',
    ]);
    const thief = { thief: urlFor(adminUrl(), { database: 'hub_contributions' }) };
    const [same] = await prepareStores(adminUrl(), settings.HUB_SECRET, thief);
    expect(same!.fault).toBe('this is the database of everybody; a store needs one of its own');
    const none = await run(['.build/infra/stores/stores.js', 'move', 'council', '--to', 'own'], {});
    expect([none.code, none.err]).toEqual([
      1,
      'CONTRIBUTION_STORES names no store of council; add it there and run "npm run migrate".\n',
    ]);
  }, 120_000);
});
