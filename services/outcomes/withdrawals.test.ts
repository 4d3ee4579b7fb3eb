import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import * as w from './releases-for-tests.js';

let world: World;
let owner: Client;
let role: Client;
const because = 'Two areas were counted twice';
const then = { releasedAt: '2020-01-01T00:00:00Z' };

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  [owner, role] = [await world.owner('outcomes'), await world.serviceRole('outcomes')];
  await w.defineOutcome(world);
});
afterAll(() => world?.stop());

const withdraws = (measure: string, more: object, as = w.statistician) =>
  w.does(world, 'withdrawObservation', { measure, because, ...more }, 'tombstones { id vintage unchanged }', as);
async function read(measure: string, fields: string, asKnownAt?: string) {
  const answer = await world.ask(`{ measure(id: "${measure}") { ${fields} } }`, { asKnownAt });
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data.measure;
}
const ids = (answer: { rows: { id: string }[] }) => answer.rows.map(({ id }) => id);

describe('a withdrawn figure', () => {
  it('leaves a tombstone with the reason, is judged by no verdict and stays readable as known before', async () => {
    await w.defineMeasure(world, 'withdrawn');
    const target = {
      id: 'ceiling',
      measure: 'withdrawn',
      kind: 'CEILING',
      value: '5',
      periodStart: '2000-01-01',
      setBy: 's',
    };
    await w.does(world, 'setTarget', { ...target, ...then }, 'target { id }');
    const rows = [{ period: '2018', value: '3', row: 7, original: '2018,3' }];
    rows.push({ period: '2019', value: '4', row: 8, original: '2019,4' });
    const [, id] = ids(await w.publishes(world, 'withdrawn', rows, { ...then, file: 'a.csv' }));
    const answer = await withdraws('withdrawn', { observations: [id] });
    expect(answer).toMatchObject({ tombstones: [{ vintage: 2, unchanged: false }], userErrors: [] });
    const shown =
      'latest { period value valueKind status withdrawnBecause vintage supersedes { value withdrawnBecause } provenance { file row original } } assessment { verdict rule }';
    expect(await read('withdrawn', shown)).toEqual({
      latest: {
        ...{
          period: '2019',
          value: null,
          valueKind: 'WITHDRAWN',
          status: 'NORMAL',
          withdrawnBecause: because,
          vintage: 2,
        },
        supersedes: { value: '4', withdrawnBecause: null },
        provenance: { file: 'a.csv', row: 8, original: '2019,4' },
      },
      assessment: { verdict: 'NO_DATA', rule: `The figure for 2019 was withdrawn: ${because}.` },
    });
    const before = await read('withdrawn', shown, '2021-01-01T00:00:00Z');
    expect([before.latest.value, before.latest.valueKind, before.assessment.verdict]).toEqual(['4', 'NUMBER', 'ON']);
    const { nodes } = (await read('withdrawn', 'observations { nodes { period value valueKind } }')).observations;
    expect(nodes).toEqual([
      { period: '2018', value: '3', valueKind: 'NUMBER' },
      { period: '2019', value: null, valueKind: 'WITHDRAWN' },
    ]);
  });

  it('leaves its measure without a verdict, and a cap over the years before it with its own', async () => {
    await w.defineMeasure(world, 'capped');
    const years = { periodStart: '2015-01-01', periodEnd: '2016-12-31' };
    const cap = { id: 'ended', measure: 'capped', kind: 'CUMULATIVE_CAP', value: '10', setBy: 's', ...years };
    await w.does(world, 'setTarget', { ...cap, releasedAt: '2014-01-01T00:00:00Z' }, 'target { id }');
    const rows = ['2015', '2016', '2018'].map((period) => ({ period, value: '4' }));
    await w.publishes(world, 'capped', rows, then);
    const asked = 'assessment { verdict rule } targets { assessment { verdict } }';
    const kept = [{ assessment: { verdict: 'ON' } }];
    expect(await read('capped', asked)).toMatchObject({ assessment: { verdict: 'ON' }, targets: kept });
    await withdraws('capped', { periods: ['2018'] });
    expect(await read('capped', asked)).toEqual({
      assessment: { verdict: 'NO_DATA', rule: `The figure for 2018 was withdrawn: ${because}.` },
      targets: kept,
    });
    await withdraws('capped', { periods: ['2016'] });
    expect((await read('capped', asked)).targets).toEqual([{ assessment: { verdict: 'NO_DATA' } }]);
  });

  it('is told from one that is zero, missing, suppressed or not applicable', async () => {
    await w.defineMeasure(world, 'apart');
    const rows = [
      { value: '0' },
      { value: null },
      { valueKind: 'SUPPRESSED' },
      { valueKind: 'NOT_APPLICABLE' },
      { value: '1' },
    ];
    await w.publishes(
      world,
      'apart',
      rows.map((row, place) => ({ ...row, period: String(2010 + place) })),
      then,
    );
    await withdraws('apart', { periods: ['2014'] });
    const kinds = async (asKnownAt?: string) =>
      (await read('apart', 'observations { nodes { valueKind } }', asKnownAt)).observations.nodes.map(
        ({ valueKind }: { valueKind: string }) => valueKind,
      );
    expect(await kinds()).toEqual(['NUMBER', 'MISSING', 'SUPPRESSED', 'NOT_APPLICABLE', 'WITHDRAWN']);
    await withdraws('apart', { periods: ['2010', '2011', '2012', '2013'] });
    expect(await kinds()).toEqual(Array(5).fill('WITHDRAWN'));
    expect((await kinds('2021-01-01T00:00:00Z'))[2]).toBe('SUPPRESSED');
  });

  it('is published again as a new vintage, the same value too', async () => {
    await w.defineMeasure(world, 'again');
    const row = { period: '2019', value: '4' };
    await w.publishes(world, 'again', [row], then);
    await withdraws('again', { periods: ['2019'] });
    expect(w.verdictsOf(await w.publishes(world, 'again', [row], then))).toEqual(['UNCHANGED']);
    expect(w.verdictsOf(await w.publishes(world, 'again', [row], { reason: 'ERROR' }))).toEqual(['REVISED']);
    expect(await read('again', 'latest { value vintage reason withdrawnBecause }')).toEqual({
      latest: { value: '4', vintage: 3, reason: 'ERROR', withdrawnBecause: null },
    });
    expect((await withdraws('again', { periods: ['2019'] })).tombstones[0].vintage).toBe(4);
  });

  it('that is withdrawn once more is unchanged, and a whole period goes with all areas and breakdowns', async () => {
    await w.defineMeasure(world, 'whole');
    const rows = [
      { period: '2019', value: '1' },
      { period: '2019', value: '2', area: 'E92000001' },
    ];
    rows.push({ period: '2018', value: '3' });
    const published = ids(await w.publishes(world, 'whole', rows, then));
    const dry = await withdraws('whole', { periods: ['2019'], dryRun: true });
    const first = await withdraws('whole', { periods: ['2019'], idempotencyKey: 'whole' });
    expect([dry.tombstones, first.tombstones.length]).toEqual([first.tombstones, 2]);
    expect(await withdraws('whole', { periods: ['2019'], idempotencyKey: 'whole' })).toEqual({
      ...first,
      replayed: true,
    });
    const again = await withdraws('whole', { periods: ['2019'], observations: [published[0], first.tombstones[0].id] });
    expect(again.tombstones).toEqual(first.tombstones.map((each: object) => ({ ...each, unchanged: true })));
    const { rows: kept } = await owner.query(
      `select count(*)::int as count from observation join series on id = series_id where measure_id = 'whole'`,
    );
    expect(kept[0].count).toBe(5);
  });

  it('is told to contributions as one without a number', async () => {
    const { rows } = await owner.query(
      `select event->'data'->'figures' as figures from sent_event where event->>'subject' = 'withdrawn' order by number`,
    );
    expect(rows.map(({ figures }) => figures.map(({ value }: { value: string | null }) => value))).toEqual([
      ['3', '4'],
      [null],
    ]);
  });
});

describe('a withdrawal', () => {
  it('is refused by name, and then nothing is withdrawn', async () => {
    for (const id of ['refused', 'neighbour']) await w.defineMeasure(world, id);
    const [old] = ids(await w.publishes(world, 'refused', [{ period: '2019', value: '1' }], then));
    await w.publishes(
      world,
      'refused',
      [
        { period: '2019', value: '2' },
        { period: '2018', value: '2' },
      ],
      then,
    );
    const [next] = ids(await w.publishes(world, 'neighbour', [{ period: '2019', value: '1' }], then));
    const release = await w.schedules(world, '2999-01-01T00:00:00Z');
    await w.publishes(
      world,
      'refused',
      [
        { period: '2018', value: '8' },
        { period: '2017', value: '8' },
      ],
      { release },
    );
    const newest = old!.replace(/1$/, '2');
    const refusals: [object, string, string?][] = [
      [{ observations: [newest], because: ' ' }, 'BAD_USER_INPUT'],
      [{}, 'BAD_USER_INPUT'],
      [{ measure: 'nowhere', observations: [newest] }, 'UNKNOWN_MEASURE'],
      [{ periods: ['2019'], definition: 2 }, 'UNKNOWN_DEFINITION'],
      [{ periods: ['2019-01'] }, 'PERIOD_DOES_NOT_FIT'],
      [{ periods: ['2019', '2001'] }, 'UNKNOWN_OBSERVATION'],
      [{ observations: [newest, 'nonsense'] }, 'UNKNOWN_OBSERVATION'],
      [{ observations: [next] }, 'UNKNOWN_OBSERVATION'],
      [{ observations: [old!.replace(/1$/, '3')] }, 'UNKNOWN_OBSERVATION'],
      [{ observations: [old] }, 'STALE_VERSION'],
      [{ periods: ['2019', '2018'] }, 'EMBARGOED_VINTAGE_WAITS'],
      [{ periods: ['2017'] }, 'EMBARGOED_VINTAGE_WAITS'],
      [{ observations: [newest] }, 'FORBIDDEN', w.otherStatistician],
      [{ observations: [newest] }, 'FORBIDDEN', w.unit],
    ];
    for (const [more, code, as] of refusals) {
      expect([more, w.outcomeOf(await withdraws('refused', more, as))]).toEqual([more, code]);
    }
    expect((await read('refused', 'latest { value }')).latest.value).toBe('2');
  });

  it('is no row that is published, and no baseline stands on it', async () => {
    await w.defineMeasure(world, 'rows');
    await w.publishes(world, 'rows', [{ period: '2019', value: '1' }], then);
    await withdraws('rows', { periods: ['2019'] });
    const row = { period: '2018', valueKind: 'WITHDRAWN' };
    expect(w.verdictsOf(await w.publishes(world, 'rows', [row]))).toEqual(['VALUE_KIND_MISMATCH']);
    const pins = (more: object) =>
      w.does(world, 'setBaseline', { measure: 'rows', period: '2019', ...more }, 'baseline { observation { value } }');
    expect(w.outcomeOf(await pins({}))).toBe('UNKNOWN_OBSERVATION');
    expect((await pins({ vintage: 1 })).baseline.observation.value).toBe('1');
  });

  it('without a reason, of nothing, or of what is withdrawn is refused by the database', async () => {
    await w.defineMeasure(world, 'guarded');
    await w.publishes(world, 'guarded', [{ period: '2019', value: '1' }], then);
    const tombstone = (vintage: number, because: string, value = 'null', period = '2019-01-01') =>
      `insert into observation (series_id, period_start, vintage, value, value_kind, status, reason, publication_id, withdrawn_because)
       select series_id, '${period}', ${vintage}, ${value}, 'WITHDRAWN', 'A', 'ERROR', publication_id, ${because}
       from observation join series on id = series_id where measure_id = 'guarded' and vintage = 1`;
    for (const client of [owner, role]) {
      await expect(client.query(tombstone(2, 'null'))).rejects.toThrow('check');
      await expect(client.query(tombstone(2, `'x'`, '1'))).rejects.toThrow('check');
      await expect(client.query(tombstone(1, `'x'`, 'null', '2018-01-01'))).rejects.toThrow('check');
      await expect(client.query(tombstone(2, `'x'`, 'null', '2018-01-01'))).rejects.toThrow('supersedes nothing');
    }
    await withdraws('guarded', { periods: ['2019'] });
    for (const client of [owner, role]) {
      await expect(client.query(tombstone(3, `'x'`))).rejects.toThrow('it withdraws what is withdrawn');
    }
  });
});

const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
const years = ['2015', '2016', '2017', '2018'];

/** A vintage as the hub shows it, and as the model has it. */
interface Shown {
  period: string;
  vintage: number;
  value: string | null;
  releasedAt: string;
  supersedes: { vintage: number } | null;
}
const shown = 'period vintage value releasedAt supersedes { vintage }';

const deed = fc.record({
  /** The day of 2020 that the source states; 0 for now, and for what is withdrawn. */
  day: fc.constantFrom(0, 0, 1, 2, 3, 4),
  isWithdrawal: fc.constantFrom(false, false, false, true),
  figures: fc.uniqueArray(
    fc.record({ period: fc.constantFrom(...years), value: fc.constantFrom('1', '2', '2.0', '3') }),
    {
      selector: ({ period }) => period,
      minLength: 1,
    },
  ),
});
type Deed = typeof deed extends fc.Arbitrary<infer Of> ? Of : never;

/** What a plain list of vintages says will become of a deed: a verdict for each figure. */
function foreseen(there: readonly Shown[], { day, figures }: Deed): string[] {
  const stated = day === 0 ? '9999' : instantOf(day);
  return figures.map(({ period, value }) => {
    const vintages = there.filter((each) => each.period === period);
    const newest = vintages.at(-1);
    const then = vintages.filter(({ releasedAt }) => releasedAt <= stated).at(-1);
    if (then && then.value !== null && Number(then.value) === Number(value)) return 'UNCHANGED';
    if (newest && newest.releasedAt > stated) return 'OLDER_THAN_NEWEST';
    return newest ? 'REVISED' : 'NEW';
  });
}
const instantOf = (day: number) => `2020-06-0${day}T00:00:00.000Z`;

/** Does it, and gives what is to be added: each figure that was taken, or the tombstone of each that was there. */
async function take(
  measure: string,
  there: readonly Shown[],
  each: Deed,
): Promise<{ period: string; value: string | null }[]> {
  const { day, isWithdrawal, figures } = each;
  if (!isWithdrawal) {
    const verdicts = w.verdictsOf(
      await w.publishes(world, measure, figures, day === 0 ? {} : { releasedAt: instantOf(day) }),
    );
    expect(verdicts).toEqual(foreseen(there, each));
    return figures.filter((_, at) => ['NEW', 'REVISED'].includes(verdicts[at]!));
  }
  const newestOf = (period: string) => there.filter((vintage) => vintage.period === period).at(-1);
  const periods = figures.map(({ period }) => period).filter((period) => newestOf(period));
  if (periods.length === 0) return [];
  const { tombstones } = await withdraws(measure, { periods });
  expect(tombstones).toHaveLength(periods.length);
  return periods.filter((period) => newestOf(period)!.value !== null).map((period) => ({ period, value: null }));
}

describe('whatever is published, revised and withdrawn', () => {
  it(`stays readable as it was known at each instant, in chains without a fork or a gap (seed ${seed})`, async () => {
    let runs = 0;
    const seen = { vintages: 0, tombstones: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 12 }), async (deeds) => {
        const measure = `random-${++runs}`;
        await w.defineMeasure(world, measure);
        const all = `observations(first: 100, filter: { vintages: ALL }) { nodes { ${shown} } }`;
        let there: Shown[] = [];
        for (const each of deeds) {
          seen.refused += each.isWithdrawal
            ? 0
            : foreseen(there, each).filter((verdict) => verdict === 'OLDER_THAN_NEWEST').length;
          const added = await take(measure, there, each);
          const now: Shown[] = (await read(measure, all)).observations.nodes;
          // Nothing that was there is lost or changed, and each new one follows the last of its period.
          const numberOf = (period: string) => there.filter((vintage) => vintage.period === period).length + 1;
          const keys = new Set(added.map(({ period }) => `${period} ${numberOf(period)}`));
          const isNew = ({ period, vintage }: Shown) => keys.has(`${period} ${vintage}`);
          expect(now.filter((vintage) => !isNew(vintage))).toEqual(there);
          const wanted = added.map(({ period, value }) => {
            const vintage = numberOf(period);
            const releasedAt = each.day === 0 || each.isWithdrawal ? expect.any(String) : instantOf(each.day);
            return { period, value, vintage, releasedAt, supersedes: vintage > 1 ? { vintage: vintage - 1 } : null };
          });
          expect(now.filter(isNew)).toEqual(wanted.sort((one, other) => (one.period < other.period ? -1 : 1)));
          there = now;
        }
        const before = (instant: string) => new Date(Date.parse(instant) - 1).toISOString();
        const instants = new Set(there.flatMap(({ releasedAt }) => [releasedAt, before(releasedAt)]));
        for (const instant of instants) {
          const known = there.filter(({ releasedAt }) => releasedAt <= instant);
          const newest = known.filter((each, at) => known[at + 1]?.period !== each.period);
          const latest = `observations(first: 100) { nodes { ${shown} } } latest { ${shown} }`;
          const answer = await read(measure, `${latest} every: ${all}`, instant);
          expect([instant, answer]).toEqual([
            instant,
            { observations: { nodes: newest }, latest: newest.at(-1) ?? null, every: { nodes: known } },
          ]);
        }
        seen.vintages += there.length;
        seen.tombstones += there.filter(({ value }) => value === null).length;
      }),
      { seed, numRuns: Number(process.env.TEST_RUNS ?? 4), endOnFailure: true },
    );
    expect(Object.values(seen)).not.toContain(0);
  }, 240_000);
});
