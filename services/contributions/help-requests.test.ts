import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import * as w from './words-for-tests.js';

let world: World;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
  service = await world.serviceRole('contributions');
});
afterAll(() => world?.stop());

const fields = `helpRequest { id question answerBy mission { id } organisation { id } challenge { id } lever { id }
  answer { answer reason contribution { id publicName } } } userErrors { code path } replayed`;
const unit = w.missionUnit;
async function deed(name: 'askForHelp' | 'answerHelp', as: string, input: object) {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const document = `mutation ($input: ${type}) { ${name}(input: $input) { ${fields} } }`;
  const answer = await world.ask(document, { as, variables: { input: { idempotencyKey: w.newKey(), ...input } } });
  return { ...answer.data?.[name], errors: answer.errors };
}
const ask = (more: object = {}, as = unit) =>
  deed('askForHelp', as, {
    mission: 'clean-energy',
    organisation: w.education,
    question: 'Train 500 installers?',
    ...more,
  });
const answer = (helpRequest: string, more: object = {}, as = w.publisher(w.education)) =>
  deed('answerHelp', as, { helpRequest, answer: 'YES', reason: 'It is our remit.', ...more });
const codes = ({ userErrors }: { userErrors: { code: string }[] }) => userErrors.map(({ code }) => code);

async function seenBy(as: string | undefined, mission: string) {
  const page = 'helpRequests { totalCount unavailable { id } nodes { question answer { reason } } }';
  const document = `{
    mission: _entities(representations: [{__typename: "Mission", id: "${mission}"}]) { ... on Mission { ${page} } }
    organisation: _entities(representations: [{__typename: "Organisation", id: "${w.education}"}]) { ... on Organisation { ${page} } } }`;
  const { data, errors } = await world.ask(document, { as });
  expect(errors).toBeUndefined();
  return { mission: data.mission[0].helpRequests, organisation: data.organisation[0].helpRequests };
}

describe('askForHelp', () => {
  it('asks an organisation for something, about a lever where there is one', async () => {
    const more = { challenge: 'warm-homes', lever: 'lever-1', answerBy: '2999-01-01' };
    const { helpRequest } = await ask(more);
    expect(helpRequest).toEqual({
      ...{ id: expect.stringMatching(/^department-for-education:help-/), question: 'Train 500 installers?' },
      ...{ mission: { id: 'clean-energy' }, organisation: { id: w.education }, answerBy: '2999-01-01' },
      ...{ challenge: { id: 'warm-homes' }, lever: { id: 'lever-1' }, answer: null },
    });
    const again = { idempotencyKey: 'asked once' };
    const [one, other] = [await ask(again), await ask(again)];
    expect(other).toMatchObject({ replayed: true, helpRequest: { id: one.helpRequest.id } });
  });

  it('is for the mission unit, and says whom, for what and by when', async () => {
    for (const as of [w.publisher(w.education), w.missionFinance, w.auditor])
      expect((await ask({}, as)).errors![0].extensions.code).toBe('FORBIDDEN');
    for (const [field, wrong] of Object.entries({
      mission: 'A b',
      organisation: 'A b',
      question: ' ',
      answerBy: '2020-01-01',
    }))
      expect((await ask({ [field]: wrong })).userErrors).toEqual([{ code: 'BAD_USER_INPUT', path: [field] }]);
  });
});

describe('answerHelp', () => {
  it('answers once, with a reason, and may point at the contribution that was made of it', async () => {
    const lines: string[] = [];
    for (const [kind, reason, pointing] of [
      ['YES', 'It is our remit.', true],
      ['NO', 'There is no money this year.', false],
      ['COUNTER', 'Half of it, from January.', true],
    ] as const) {
      const { helpRequest } = await ask();
      const made = pointing ? await w.pledges(world, w.education) : null;
      const done = await answer(helpRequest.id, { answer: kind, reason, contribution: made?.id });
      const said = done.helpRequest.answer;
      lines.push(`${said.answer}: ${said.reason} ${said.contribution?.publicName ?? 'nothing'}`);
      expect(codes(await answer(helpRequest.id))).toEqual(['ALREADY_ANSWERED']);
    }
    expect(lines).toEqual([
      'YES: It is our remit. Heat pump skills',
      'NO: There is no money this year. nothing',
      'COUNTER: Half of it, from January. Heat pump skills',
    ]);
  });

  it('is refused without a reason, and with a contribution that is not one to it', async () => {
    const { helpRequest } = await ask();
    const elsewhere = await w.pledges(world, w.education, { mission: 'other-mission' });
    const draft = await w.pledges(world, w.education, { draft: true });
    const others = await w.pledges(world, w.transport);
    const own = await w.pledges(world, w.education);
    expect(codes(await answer(helpRequest.id, { reason: ' ' }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await answer(helpRequest.id, { contribution: elsewhere.id }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await answer(helpRequest.id, { contribution: draft.id }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await answer(helpRequest.id, { contribution: others.id }))).toEqual(['UNKNOWN_CONTRIBUTION']);
    expect(codes(await answer(helpRequest.id, { answer: 'NO', contribution: own.id }))).toEqual(['BAD_USER_INPUT']);
  });

  it('answers to others as if the request did not exist', async () => {
    const { helpRequest } = await ask();
    const as = w.publisher(w.transport);
    const hidden = await answer(helpRequest.id, {}, as);
    const absent = await answer(`${w.education}:help-00000000-0000-7000-8000-000000000000`, {}, as);
    expect(hidden).toEqual(absent);
    expect(codes(hidden)).toEqual(['NOT_FOUND']);
    for (const wrong of [w.officer(w.education), unit])
      expect((await answer(helpRequest.id, {}, wrong)).errors![0].extensions.code).toBe('FORBIDDEN');
  });

  it('answers once when two people of the organisation do at the same moment', async () => {
    const { helpRequest } = await ask();
    const answers = await Promise.all(['YES', 'NO', 'COUNTER'].map((each) => answer(helpRequest.id, { answer: each })));
    expect(answers.filter((each) => each.helpRequest)).toHaveLength(1);
  });
});

describe('requests for help', () => {
  it('are seen by the two sides and auditors, in lists and counts, and by nobody else', async () => {
    const { helpRequest } = await ask({ mission: 'quiet-mission', question: 'canary' });
    await answer(helpRequest.id, { reason: 'canary' });
    const whole = { totalCount: 1, unavailable: [], nodes: [{ question: 'canary', answer: { reason: 'canary' } }] };
    for (const as of [w.publisher(w.education), w.officer(w.education), unit, w.missionFinance, w.auditor]) {
      const seen = await seenBy(as, 'quiet-mission');
      expect(seen.mission).toEqual(whole);
      expect(seen.organisation.nodes).toContainEqual(whole.nodes[0]);
    }
    const none = { totalCount: 0, unavailable: [], nodes: [] };
    for (const as of [undefined, w.publisher(w.transport)])
      expect(await seenBy(as, 'quiet-mission')).toEqual({ mission: none, organisation: none });
  });

  it('are hidden by the policy alone: without it they leak', async () => {
    await ask({ mission: 'quiet-mission', question: 'canary' });
    const owner = await world.owner('contributions');
    await owner.query('alter table help_request disable row level security');
    try {
      expect((await seenBy(w.publisher(w.transport), 'quiet-mission')).mission.totalCount).toBeGreaterThan(0);
    } finally {
      await owner.query('alter table help_request enable row level security');
    }
  });

  it('are cut at an instant like everything else', async () => {
    const before = new Date().toISOString();
    await ask({ mission: 'timely-mission' });
    const document = `{ _entities(representations: [{__typename: "Mission", id: "timely-mission"}]) { ... on Mission { helpRequests { totalCount nodes { id } } } } }`;
    const { data } = await world.ask(document, { as: unit, asKnownAt: before });
    expect(data._entities[0].helpRequests).toEqual({ totalCount: 0, nodes: [] });
  });

  it('are neither written for others nor changed by hand', async () => {
    const { helpRequest } = await ask();
    const others = await w.pledges(world, w.transport);
    const byHand = async (organisation: string, roles: string, sql: string, params: unknown[] = []) => {
      await service.query('begin');
      try {
        await service.query(`select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`, [
          organisation,
          roles,
        ]);
        await service.query(sql, params);
        return null;
      } catch (error) {
        return (error as Error).message;
      } finally {
        await service.query('rollback');
      }
    };
    const insert = `insert into help_answer (help_request_id, contributor_id, answer, reason, contribution_id, by_subject)
      values ($1, $2, $3, 'r', $4, 'x')`;
    const params = (kind: string, contribution: string | null) => [helpRequest.id, w.education, kind, contribution];
    expect(await byHand(w.transport, 'publisher', insert, params('NO', null))).toMatch(/row-level security/);
    expect(await byHand(w.education, 'publisher', insert, params('YES', others.id))).toMatch(/not one to it/);
    expect(await byHand(w.education, 'publisher', insert, params('NO', null))).toBeNull();
    expect(await byHand(w.education, 'publisher', 'update help_request set question = $1', ['x'])).toMatch(
      /permission denied/,
    );
    const owner = await world.owner('contributions');
    for (const table of ['help_request', 'help_answer'])
      await expect(owner.query(`delete from ${table}`)).rejects.toThrow(`${table} is only added to`);
  });
});
