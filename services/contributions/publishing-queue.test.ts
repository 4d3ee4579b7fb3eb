import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { MustWait, Turns, turnLimits } from './turns.js';
import * as w from './words-for-tests.js';

const soon = () => new Promise((resolve) => setImmediate(resolve));

/** Work that is done when it is told to. */
function workOf(turns: Turns, began: string[]) {
  const ends = new Map<string, () => void>();
  const take = (organisation: string, name: string, rows = 100) =>
    turns.take(organisation, rows, () => {
      began.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
  const end = async (name: string) => {
    ends.get(name)!();
    await soon();
  };
  return { take, end };
}

describe('turns', () => {
  it('let at most so many calls of one organisation be at work, and so many of all', async () => {
    const began: string[] = [];
    const { take, end } = workOf(new Turns(), began);
    const calls = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1'].map((name) => take(name[0]!, name));
    await soon();
    expect(began).toEqual(['a1', 'a2', 'b1', 'b2']);
    for (const name of ['a1', 'a2', 'b1']) await end(name);
    expect(began.slice(4)).toEqual(['c1', 'a3', 'b3']);
    for (const name of ['b2', 'c1', 'a3', 'b3']) await end(name);
    expect((await Promise.all(calls)).join(' ')).toBe('a1 a2 a3 b1 b2 b3 c1');
  });

  it('begin the calls that wait one organisation after the other, however long one of the lines is', async () => {
    const began: string[] = [];
    const { take, end } = workOf(new Turns(), began);
    const flood = Array.from({ length: 10 }, (_, place) => take('a', `a${place}`));
    const others = ['b', 'c'].flatMap((name) => [1, 2, 3].map((place) => take(name, `${name}${place}`)));
    await soon();
    expect(began).toEqual(['a0', 'a1', 'b1', 'b2']);
    for (let ended = 0; ended < 16; ended++) await end(began[ended]!);
    await Promise.all([...flood, ...others]);
    expect(began.slice(4, 9)).toEqual(['c1', 'a2', 'b3', 'c2', 'a3']);
  });

  it('say the place and the time of each call that waits, by how fast calls were done lately', async () => {
    const turns = new Turns();
    const began: string[] = [];
    const { take, end } = workOf(turns, began);
    const calls = Array.from({ length: 5 }, (_, place) => take('a', `a${place}`, 500));
    await soon();
    const { atWork, waiting, next } = turns.of('a');
    expect({ atWork, positions: waiting.map(({ place }) => place.position), next: next.position }).toEqual({
      ...{ atWork: 2, positions: [1, 2, 3], next: 4 },
    });
    const times = waiting.map(({ place }) => place.waitMs);
    expect(times[0]).toBeGreaterThan(0);
    expect(times[2]).toBeGreaterThan(times[0]!);
    expect(turns.of('b')).toEqual({ atWork: 0, waiting: [], next: { position: 1, waitMs: 0 } });
    for (let ended = 0; ended < 5; ended++) await end(began[ended]!);
    await Promise.all(calls);
    expect(turns.of('a')).toEqual({ atWork: 0, waiting: [], next: { position: 1, waitMs: 0 } });
  });

  it('refuse at once what would have to wait too long, and go on after work that failed', async () => {
    const turns = new Turns();
    const began: string[] = [];
    const { take, end } = workOf(turns, began);
    const most = turnLimits.atWorkOfOne + turnLimits.waitingOfOne;
    const calls = Array.from({ length: most }, (_, place) => take('a', `a${place}`));
    await expect(take('a', 'one too many')).rejects.toThrow(MustWait);
    await expect(turns.take('b', 1, () => Promise.reject(new Error('it failed')))).rejects.toThrow('it failed');
    for (let ended = 0; ended < most; ended++) await end(began[ended]!);
    await Promise.all(calls);
    expect(began).toHaveLength(most);
    const slow = Array.from({ length: 4 }, (_, place) => take('a', `slow${place}`, 1_000_000));
    await expect(slow[2]).rejects.toThrow(MustWait);
    await expect(slow[3]).rejects.toThrow(MustWait);
  });
});

describe('on deadline day', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ services: ['contributions'], gateway: false });
  });
  afterAll(() => world?.stop());

  const document = `mutation ($input: PublishContributionsInput!) { publishContributions(input: $input) {
    rows { verdict } } }`;
  const publish = async (organisation: string, rows: object[]) => {
    const variables = { input: { idempotencyKey: w.newKey(), rows } };
    const { data, errors } = await world.ask(document, { as: w.publisher(organisation), variables });
    return { rows: data?.publishContributions.rows, error: errors?.[0].extensions };
  };
  const queue = async (as?: string) => {
    const fields =
      'atWorkCount mostAtWork mostWaiting position estimatedSeconds waiting { rowCount since position estimatedSeconds }';
    const { data, errors } = await world.ask(`{ publishingQueue { ${fields} } }`, { as });
    expect(errors).toBeUndefined();
    return data.publishingQueue;
  };
  const rowsOf = (name: string) => Array.from({ length: 20 }, (_, row) => w.rowOf(`${name} ${row}`));
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('a small publishing of one department ends while another floods, and the flood sees its queue', async () => {
    const ended: string[] = [];
    // The queue learns from these how long a row takes when nothing has to be read in first.
    for (let call = 0; call < 10; call++) await publish(w.transport, rowsOf(`warm ${call}`));
    // While this lock is held nothing of the flood can end: what ends meanwhile did not wait for it.
    const owner = await world.owner('contributions');
    await owner.query(`begin; select pg_advisory_xact_lock(hashtextextended('publish ${w.education}', 0))`);
    const flood = Array.from({ length: 30 }, (_, call) =>
      publish(w.education, rowsOf(`flood ${call}`)).then((answer) => {
        ended.push('flood');
        return answer;
      }),
    );
    await until(async () => (await queue(w.publisher(w.education))).waiting.length === turnLimits.waitingOfOne);
    const seen = await queue(w.publisher(w.education));
    expect(seen).toMatchObject({ ...{ atWorkCount: 2, mostAtWork: 2, mostWaiting: 20, position: 21 } });
    expect(seen.waiting[0]).toMatchObject({ rowCount: 20, position: 1, since: expect.any(String) });
    expect(seen.estimatedSeconds).toBeGreaterThanOrEqual(seen.waiting[0].estimatedSeconds);
    const refused = ended.length;
    expect((await publish(w.transport, [w.rowOf('small')])).rows).toEqual([{ verdict: 'NEW' }]);
    expect(ended).toHaveLength(refused);
    expect(await queue(w.publisher(w.transport))).toMatchObject({ atWorkCount: 0, waiting: [], position: 1 });
    expect(await queue()).toBeNull();
    await owner.query('rollback');
    const answers = await Promise.all(flood);
    const done = answers.filter(({ rows }) => rows);
    expect(done).toHaveLength(22);
    const late = answers.filter(({ rows }) => !rows).map(({ error }) => error);
    expect(late).toEqual(
      Array(8).fill({
        ...{ code: 'RATE_LIMITED', position: 21, retryable: true },
        ...{ retryAfter: expect.any(Number), correlationId: expect.any(String) },
      }),
    );
    expect(Math.min(...late.map(({ retryAfter }) => retryAfter))).toBeGreaterThanOrEqual(1);
  });

  it('a call that was refused for the queue is done when it is sent again', async () => {
    const owner = await world.owner('contributions');
    await owner.query(`begin; select pg_advisory_xact_lock(hashtextextended('publish ${w.education}', 0))`);
    const rows = Array.from({ length: 26 }, (_, call) => [w.rowOf(`again ${call}`)]);
    const calls = rows.map((some) => publish(w.education, some));
    await until(async () => (await queue(w.publisher(w.education))).waiting.length === turnLimits.waitingOfOne);
    await owner.query('rollback');
    const answers = await Promise.all(calls);
    expect(answers.filter((answer) => !answer.rows)).toHaveLength(4);
    for (const [place, answer] of answers.entries())
      if (!answer.rows) expect((await publish(w.education, rows[place]!)).rows).toEqual([{ verdict: 'NEW' }]);
  });

  it('calls of one organisation publish beside each other, and a submission waits for them', async () => {
    await publish(w.education, rowsOf('to submit'));
    const owner = await world.owner('contributions');
    // As a call holds it that is at work.
    await owner.query(`begin; select pg_advisory_xact_lock_shared(hashtextextended('publish ${w.education}', 0))`);
    let isSubmitted = false;
    const submission = world
      .ask(
        `mutation ($input: PublishSubmissionInput!) { publishSubmission(input: $input) { submission { id } userErrors { code } } }`,
        {
          as: w.publisher(w.education),
          variables: { input: { idempotencyKey: w.newKey(), financialYear: '2025-26', period: 'P01' } },
        },
      )
      .then(({ data }) => {
        isSubmitted = true;
        return data.publishSubmission;
      });
    expect((await publish(w.education, rowsOf('beside'))).rows).toEqual(Array(20).fill({ verdict: 'NEW' }));
    await until(async () => {
      const { rows } = await owner.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`);
      return rows.length > 0;
    });
    expect(isSubmitted).toBe(false);
    await owner.query('rollback');
    expect(await submission).toEqual({ submission: { id: expect.any(String) }, userErrors: [] });
  });

  it('calls at once that make and change rows of several missions in any order all end, and add up', async () => {
    const missions = ['clean-energy', 'healthy-lives', 'safer-streets'];
    const rowsIn = (round: number, call: number) => {
      const rows = missions.flatMap((mission, place) => [
        w.rowOf(`of ${call} in ${mission}`, { mission, terms: w.termsOf(`${100 + round}.00`) }),
        w.rowOf(`round ${round} of ${call} ${place}`, { mission, terms: w.termsOf('1.00') }),
      ]);
      return call % 2 === 0 ? rows : rows.reverse();
    };
    const rounds = 5;
    const publishers = [w.transport, w.education];
    for (let round = 0; round < rounds; round++) {
      const answers = await Promise.all(
        publishers.flatMap((organisation) =>
          Array.from({ length: 4 }, (_, call) => publish(organisation, rowsIn(round, call))),
        ),
      );
      const verdicts = answers.flatMap(({ rows }) => rows.map(({ verdict }: { verdict: string }) => verdict).sort());
      const old = round === 0 ? 'NEW' : 'CHANGED';
      expect(verdicts).toEqual(Array(8).fill([old, old, old, 'NEW', 'NEW', 'NEW']).flat());
    }
    const owner = await world.owner('contributions');
    const { rows } = await owner.query(
      `select contributor_id, mission_id, sum(total)::int as total from contribution_total
        where mission_id = any($1) and contributor_id = any($2) and mission_id <> 'clean-energy' group by 1, 2 order by 1, 2`,
      [missions, publishers],
    );
    const each = 4 * (100_00 + (rounds - 1) * 100 + rounds * 100);
    expect(rows.map(({ total }) => total)).toEqual([each, each, each, each]);
  });
});
