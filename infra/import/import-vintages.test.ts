import 'reflect-metadata';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { importing } from './import-for-tests.js';
import { describePublished, filesForTests, publishedFile } from './read-files-for-tests.js';
import type { Report } from './report.js';
import { between, cutOf, paidUnder, type Vintage, vintageIn } from './vintages-for-tests.js';

const written = filesForTests();
/**
 * The whole of both files takes minutes: OCHA_VINTAGES=all does that. Else of the funds that something is gone from: every
 * code that is gone or changed, and some of the new ones.
 */
const whole = process.env.OCHA_VINTAGES === 'all';
const [october, august] = ['2025-10-20', '2026-08-22'];
const asOctober = '2026-01-01T00:00:00Z';

/** Agreements that a rule below shows in full. */
const shown = ['24-DC-UNF-412', '25-DC-GBR-009'];

interface Found {
  id: string;
  sourceRecordId: string;
  state: string;
  contributor: { id: string };
  statements: { total: { amount: string }; goneBecause: string | null }[];
  deposited: { amount: string } | null;
  writeOffs: { reason: string; amount: { amount: string } }[];
  current: { total: { amount: string } };
}

describePublished('both vintages of the published contributions, the older one first', () => {
  let world: World;
  let [older, newer] = [{} as Vintage, {} as Vintage];
  let differ = {} as ReturnType<typeof between>;
  /** Those of them that are imported. */
  let here = {} as ReturnType<typeof between>;
  let path: { older: string; newer: string };
  let second: Report;
  beforeAll(async () => {
    older = vintageIn(publishedFile('contributions/ocha_pooled_fund_contributions.rev2025-10-20.csv'));
    newer = vintageIn(publishedFile('contributions/ocha_pooled_fund_contributions.csv'));
    differ = between(older, newer);
    const fundsOf = (code: string) =>
      [older, newer].flatMap(({ rows }) => (rows.get(code) ?? []).map(({ cells }) => cells.PooledFundName));
    const funds = new Set(differ.gone.flatMap(fundsOf));
    const isIn = (code: string) => whole || fundsOf(code).every((fund) => funds.has(fund));
    here = { ...differ, changed: differ.changed.filter(isIn), added: differ.added.filter(isIn) };
    if (!whole) {
      here.added = here.added.filter((_, place) => place % 40 === 0);
      here.changed = here.changed.filter((code, place) => place % 3 === 0 || shown.includes(code));
    }
    const codes = new Set(whole ? [...older.rows.keys(), ...newer.rows.keys()] : Object.values(here).flat());
    path = { older: written(cutOf(older, codes), 'october.csv'), newer: written(cutOf(newer, codes), 'august.csv') };
    world = await startWorld();
    await importing(world, 'ocha-contributions', path.older, { released: october, complete: true });
    second = await importing(world, 'ocha-contributions', path.newer, { released: august, complete: true });
  }, 600_000);
  afterAll(() => world?.stop());

  /** All contributions of the hub by code, as known at an instant. */
  async function known(asKnownAt?: string): Promise<Map<string, Found[]>> {
    const found = new Map<string, Found[]>();
    for (let after: string | null = null, more = true; more; ) {
      const { data, errors } = await world.ask(
        `query ($after: String) { contributions(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes {
          id sourceRecordId state contributor { id } statements { total { amount } goneBecause } deposited { amount }
          writeOffs { reason amount { amount } } current { total { amount } } } } }`,
        { as: 'mission-delivery-unit.auditor', variables: { after }, ...(asKnownAt && { asKnownAt }) },
      );
      if (errors) throw new Error(errors[0].message);
      const { nodes, pageInfo } = data.contributions;
      for (const node of nodes) found.set(node.sourceRecordId, [...(found.get(node.sourceRecordId) ?? []), node]);
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    return found;
  }
  const statedOf = (some: Found[] | undefined) =>
    (some ?? []).map(({ statements }) => statements.at(-1)?.total.amount ?? '0.00').join(' + ');

  it('differ by 546 new codes, 10 that are gone and 114 with other money', () => {
    const { added, gone, changed } = differ;
    expect([added.length, gone.length, changed.length]).toEqual([546, 10, 114]);
  });

  it('show what is gone with a tombstone: withdrawn, or reversed in the ledger and written off', async () => {
    const hub = await known();
    const lines = differ.gone.map((code) => {
      const { state, statements, deposited, writeOffs, current } = hub.get(code)?.[0] ?? ({} as Partial<Found>);
      return [
        code.padEnd(28),
        `${current?.total.amount} ${state}`,
        `deposited ${deposited?.amount ?? '-'}`,
        `written off ${writeOffs?.[0]?.amount.amount ?? '-'}`,
        statements?.at(-1)?.goneBecause,
      ].join(' | ');
    });
    const gone = `The file released on ${august} does not list it any more.`;
    expect(lines).toEqual(
      [
        '26-DC-ISL-002                | 877385.39 WITHDRAWN | deposited - | written off -',
        '24-DC-TCD-272                | 50000.00 WITHDRAWN | deposited - | written off -',
        '26-DC-LUX-014                | 5422993.49 WITHDRAWN | deposited - | written off -',
        '25-DC-PRT-062                | 209500.00 WRITTEN_OFF | deposited 0.00 | written off 209500.00',
        '25-DC-LUX-334                | 1762632.20 WITHDRAWN | deposited - | written off -',
        '25-DC-PRV-348                | 340.00 WRITTEN_OFF | deposited 0.00 | written off 340.00',
        'ERF/TD_RHPF/77297/84023/2024 | 50000.00 WITHDRAWN | deposited - | written off -',
        'ERF/3482/77722/84764/2025    | 5875440.66 WRITTEN_OFF | deposited 0.00 | written off 5875440.66',
        'ERF/SSHF/77141/83820/2024    | 3880983.18 WITHDRAWN | deposited - | written off -',
        'ERF/SSHF/77143/83822/2024    | 3363518.76 WITHDRAWN | deposited - | written off -',
      ].map((line) => `${line} | ${gone}`),
    );
  });

  it('are answered as the older one says for who asks as known then', async () => {
    const then = await known(asOctober);
    expect(here.added.filter((code) => then.has(code))).toEqual([]);
    const otherwise = [...here.gone, ...here.changed].flatMap((code) => {
      const [stated, file] = [statedOf(then.get(code)), paidUnder(older, code)];
      return stated === file ? [] : [`${code}: ${file} in the file, ${stated} in the hub`];
    });
    expect(otherwise).toEqual([]);
    expect([...then.values()].flat().filter(({ deposited }) => deposited !== null)).toEqual([]);
  });

  it('are stated now as the newer one says, but for one that went to another fund', async () => {
    const hub = await known();
    const otherwise = [...here.changed, ...here.added].flatMap((code) => {
      const [stated, file] = [statedOf(hub.get(code)), paidUnder(newer, code)];
      return stated === file ? [] : [`${code}: ${file} in the file, ${stated} in the hub`];
    });
    const moved = 'ERF/Region_RHPF_AP/77321/84066/2024: 1282676.15 in the file, 3206690.38 in the hub';
    expect(otherwise).toEqual(whole ? [moved] : []);
    expect(second.stage('gone from the file')).toMatchObject({ changed: 10, refused: 0 });
    expect(second.stage('reversals')).toMatchObject({ changed: 3, refused: 0 });
  });

  it('show a receipt that was corrected as reversed and entered anew, and what no commitment covers in suspense', async () => {
    const receiptsOf = async (code: string) => {
      const { data } = await world.ask(
        `{ contributions(filter: { sourceRecordId: "${code}" }) { nodes { state outstanding { amount }
          receipts { nodes { kind reference amount { amount } reverses { id } reason } } } } }`,
      );
      const [{ state, outstanding, receipts }] = data.contributions.nodes;
      return [
        `${state}, outstanding ${outstanding.amount}`,
        ...receipts.nodes.map(
          ({ reference, amount, reverses, reason }: Receipt) =>
            `${reverses ? '-' : '+'}${amount.amount} ${reference}${reason ? `: ${reason}` : ''}`,
        ),
      ];
    };
    expect(await receiptsOf('24-DC-UNF-412')).toEqual([
      'PART_DEPOSITED, outstanding 0.17',
      '+2974.17 24-DC-UNF-412 2025-01-24',
      `-2974.17 24-DC-UNF-412 2025-01-24: The file released on ${august} states it otherwise.`,
      '+2974.00 24-DC-UNF-412 2024-12-31',
    ]);
    expect(await receiptsOf('25-DC-GBR-009')).toEqual([
      'DEPOSITED, outstanding 0.00',
      '+18350092.00 25-DC-GBR-009 2025-03-31',
      '+42714476.00 25-DC-GBR-009 2025-04-15',
      '+6917976.00 25-DC-GBR-009 2025-10-23',
    ]);
  });

  it('change nothing when the newer one comes again', async () => {
    const before = await known();
    const again = await importing(world, 'ocha-contributions', path.newer, {
      ...{ released: august, complete: true, ...(!whole && { funds: ['oPt', 'South Sudan'] }) },
    });
    expect(again.stages.map(({ new: made, changed }) => made + changed)).toEqual(again.stages.map(() => 0));
    expect(await known()).toEqual(before);
  }, 300_000);

  it('are taken for all there is only with every row of them: --complete with --limit is refused', async () => {
    const limited = importing(world, 'ocha-contributions', path.newer, { complete: true, limit: 5 });
    await expect(limited).rejects.toThrow('--complete needs the whole file; leave out --limit.');
    const { raw } = newer.rows.get('25-DC-GBR-009')![0]!;
    const unread = written(`${newer.head}\n${raw.replace(',CERF,', ',NONE,')}\n`, 'unread.csv');
    const report = await importing(world, 'ocha-contributions', unread, { complete: true, dryRun: true });
    expect(report.notes).toContain(
      '1 rows could not be read, so it cannot be told what is gone: nothing was taken for gone.',
    );
  });
});

interface Receipt {
  reference: string;
  amount: { amount: string };
  reverses: object | null;
  reason: string | null;
}
