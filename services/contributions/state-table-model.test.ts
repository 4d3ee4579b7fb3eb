import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startWorld, type World } from '../../test/world.js';
import { atFirst, condition, deedFor, expectedOf, type Plain, type Try } from './deeds-for-tests.js';
import { ContributionState, nextStates } from './states.js';
import * as w from './words-for-tests.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
});
afterAll(() => world?.stop());

const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
const runs = Number(process.env.TEST_RUNS ?? 12);

const side = fc.constantFrom('CONTRIBUTOR' as const, 'MISSION' as const);
const amount = fc.integer({ min: 1, max: 150 });
const said = (name: string) => fc.record({ name: fc.constant(name), side });
const counted = (name: string) => fc.record({ name: fc.constant(name), side, pounds: amount });
// Few amounts, so that the second side often approves what the first one did.
const writesOff = fc.record({ name: fc.constant('writeOff'), side, pounds: fc.constantFrom(10, 50, 100) });
// What leads on is tried more often than what holds up, and what ends a history last, so that histories reach far.
const tries = fc.oneof(
  ...['propose', 'accept', 'approve', 'judge'].map((name) => ({ weight: 6, arbitrary: said(name) })),
  ...['vary', 'arrive'].map((name) => ({ weight: 4, arbitrary: counted(name) })),
  ...['suspend', 'resume', 'declineVariation'].map((name) => ({ weight: 2, arbitrary: said(name) })),
  { weight: 3, arbitrary: writesOff },
);
const ends = fc.oneof(said('decline'), said('withdraw'), writesOff);

// From pledge to commitment; a history begins with the first of these, as many as chance has it.
const path: Try[] = [
  ...[
    { name: 'propose', side: 'MISSION' as const },
    { name: 'accept', side: 'CONTRIBUTOR' as const },
  ],
  { name: 'judge', side: 'MISSION' },
  ...[
    { name: 'approve', side: 'CONTRIBUTOR' as const },
    { name: 'approve', side: 'MISSION' as const },
  ],
];
const histories = fc
  .tuple(fc.nat({ max: path.length + 4 }), fc.array(tries, { minLength: 8, maxLength: 20 }), fc.option(ends))
  .map(([length, all, end]) => [...path.slice(0, length), ...all, ...(end ? [end] : [])]);

// However few histories there are, one leads this far.
const farAlong: Try[] = [...path, { name: 'arrive', side: 'MISSION', pounds: 30 }];

const fields = `state version pendingWriteOff { side amount { amount } } conditions { id } current { hash total { amount } } states { state }
  variation { agreed version { hash conditions { id } total { amount } } }`;
interface Seen {
  state: ContributionState;
  conditions: { id: string }[];
  current: { hash: string; total: { amount: string } };
  variation: { version: { hash: string } } | null;
  pendingWriteOff: { side: Try['side']; amount: { amount: string } } | null;
  states: { state: ContributionState }[];
}
async function read(id: string): Promise<Seen> {
  const { data } = await world.ask(`{ contribution(id: "${id}") { ${fields} } }`, { as: w.auditor });
  return data.contribution;
}

let events = 0;
/** Tries it on the hub. Answers whether it was done. */
async function done(id: string, seen: Seen, tried: Try, before: Plain, after: Plain | 'refused'): Promise<boolean> {
  const { current, conditions, variation } = seen;
  if (tried.name === 'arrive') {
    if (after === 'refused' || after.deposited === before.deposited) return true;
    const deposit = { contributionId: id, deposited: `${after.deposited}.00`, committed: '1.00', currency: 'GBP' };
    const data = { deposits: [{ ...deposit, effectiveOn: '2026-06-01' }] };
    const event = { id: `model-${++events}`, type: 'budgets.deposited', data };
    return (await world.event('contributions', event)) === 200;
  }
  if (tried.name === 'judge') {
    const status = tried.side === 'MISSION' ? 'MET' : 'UNMET';
    const input = { contribution: id, condition: conditions[0]!.id, status, evidence: 'e' };
    return (await w.does(world, 'judgeCondition', w.missionUnit, input)).contribution !== null;
  }
  const { deed, as, input } = deedFor(tried, id, variation?.version.hash ?? current.hash);
  const answer = await w.does(world, deed, as, input);
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.contribution !== null;
}

describe('random deeds on a contribution', () => {
  it(`have just the outcome that a plain model of the table expects (seed ${seed})`, async () => {
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(histories, async (all) => {
        const terms = w.termsOf('100.00', { conditions: [condition] });
        const { id } = await w.pledges(world, w.education, { terms });
        let is: Plain = atFirst;
        let seen = await read(id);
        for (const tried of all) {
          const after = expectedOf(is, tried);
          const wasDone = await done(id, seen, tried, is, after);
          expect({ tried, is, wasDone }).toEqual({ tried, is, wasDone: after !== 'refused' });
          if (after !== 'refused') is = after;
          seen = await read(id);
          expect({ tried, state: seen.state, total: seen.current.total.amount }).toEqual({
            ...{ tried, state: is.state, total: `${is.total}.00` },
          });
          const { pendingWriteOff: waits } = seen;
          expect({ tried, waits: waits && [waits.side, waits.amount.amount] }).toEqual({
            ...{ tried, waits: is.writingOff && [is.writingOff.side, `${is.writingOff.pounds}.00`] },
          });
          reached.add(is.state);
        }
        const states = seen.states.map(({ state }) => state);
        for (const [place, state] of states.slice(1).entries()) {
          const from = states[place]!;
          const isVaried =
            from === state && [ContributionState.COMMITTED, ContributionState.PART_DEPOSITED].includes(state);
          expect([from, state, isVaried || nextStates[from].includes(state)]).toEqual([from, state, true]);
        }
      }),
      { seed, numRuns: runs, endOnFailure: true, examples: [[farAlong]] },
    );
    expect([...reached].sort()).toEqual(
      expect.arrayContaining(['AGREED', 'COMMITTED', 'NEGOTIATING', 'PART_DEPOSITED']),
    );
  }, 240_000);
});
