import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lapseContributions } from '../../services/contributions/lapse-contributions.js';
import * as w from '../../services/contributions/words-for-tests.js';
import { startWorld, type World } from '../world.js';
import { act, londonDay, table } from './story-for-tests.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world?.stop());

const department = w.transport;
const publisher = w.publisher(department);
const does = (as: string, name: string, input: object) => act(world, as, name, input, 'contribution { id state }');
const pledges = (more: object = {}) =>
  does(publisher, 'pledgeContribution', {
    ...{ mission: 'clean-energy', kind: 'MONEY', pooling: 'ALIGNED', publicName: 'Depots', terms: w.termsOf('90.00') },
    ...more,
  });

describe('a negotiation that stalls', () => {
  it('begins with a request for help, goes round in turn, and ends without money in any total', async () => {
    const asking = { mission: 'clean-energy', organisation: department, question: 'Depots for electric buses?' };
    const asked = await act(world, w.missionUnit, 'askForHelp', asking, 'helpRequest { id }');
    const { contribution } = await pledges();
    const answering = { helpRequest: asked.helpRequest.id, answer: 'COUNTER', reason: 'Half of them.' };
    await act(world, publisher, 'answerHelp', { ...answering, contribution: contribution.id }, 'helpRequest { id }');
    const { id } = contribution;
    const lines: string[][] = [['who', 'tries', 'is told']];
    const tries = async (who: string, as: string, name: string, input: object = {}) => {
      const { codes, contribution: now } = await does(as, name, { contribution: id, ...input });
      lines.push([who, name, codes[0] ?? now.state]);
    };
    const more = { terms: w.termsOf('180.00') };
    await tries('mission', w.missionUnit, 'proposeTerms', {
      ...more,
      message: 'All of them.',
      openQuestions: ['When?'],
    });
    await tries('mission', w.missionUnit, 'proposeTerms', more);
    await tries('department', publisher, 'proposeTerms', { terms: w.termsOf('95.00'), message: 'No more.' });
    await tries('department', publisher, 'acceptTerms', w.acceptance(id, 'a'.repeat(64), department));
    await tries('mission', w.missionUnit, 'acceptTerms', w.acceptance(id, 'a'.repeat(64), department));
    await tries('another', w.publisher(w.education), 'withdrawContribution', { reason: 'Ours now.' });
    await tries('mission', w.missionUnit, 'withdrawContribution', { reason: 'Too little.' });
    await tries('mission', w.missionUnit, 'declineContribution', { reason: 'Too little.' });
    await tries('department', publisher, 'proposeTerms', more);
    expect(table(...lines)).toEqual([
      'who        | tries                | is told',
      'mission    | proposeTerms         | NEGOTIATING',
      'mission    | proposeTerms         | NOT_YOUR_TURN',
      'department | proposeTerms         | NEGOTIATING',
      'department | acceptTerms          | NOT_YOUR_TURN',
      'mission    | acceptTerms          | NOT_LAST_VERSION',
      'another    | withdrawContribution | FORBIDDEN',
      'mission    | withdrawContribution | FORBIDDEN',
      'mission    | declineContribution  | DECLINED',
      'department | proposeTerms         | ILLEGAL_TRANSITION',
    ]);
    const fields = 'state rounds { from answer message } states { state reason }';
    const seen = async (as?: string) =>
      (await world.ask(`{ contribution(id: "${id}") { ${fields} } }`, { as })).data.contribution;
    const { rounds } = await seen(w.missionUnit);
    expect(rounds.map((each: Record<string, string>) => `${each.from} ${each.answer} ${each.message}`)).toEqual([
      'MISSION COUNTER All of them.',
      'CONTRIBUTOR COUNTER No more.',
      'MISSION DECLINE null',
    ]);
    expect(await seen()).toMatchObject({ state: 'DECLINED', rounds: null });
    expect((await seen()).states.at(-1)).toEqual({ state: 'DECLINED', reason: 'Too little.' });
  }, 60_000);

  it('lapses by itself on the day after the last offer stood', async () => {
    const { contribution } = await pledges({ terms: w.termsOf('90.00', { validUntil: londonDay() }) });
    await does(w.missionUnit, 'proposeTerms', { contribution: contribution.id, message: 'We think about it.' });
    const time = () => lapseContributions(world.services.contributions.orm.em.fork());
    const stateNow = async () =>
      (await world.ask(`{ contribution(id: "${contribution.id}") { state } }`)).data.contribution.state;
    await time();
    expect(await stateNow()).toBe('NEGOTIATING');
    const owner = await world.owner('contributions');
    await owner.query('begin; alter table contribution_version disable trigger user, no force row level security');
    await owner.query('update contribution_version set valid_until = $2 where contribution_id = $1', [
      contribution.id,
      londonDay(-1),
    ]);
    await owner.query('alter table contribution_version enable trigger user, force row level security; commit');
    await time();
    expect(await stateNow()).toBe('LAPSED');
    const late = await does(publisher, 'withdrawContribution', { contribution: contribution.id, reason: 'Too late.' });
    expect(late.codes).toEqual(['ILLEGAL_TRANSITION']);
  }, 60_000);
});
