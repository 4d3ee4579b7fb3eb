import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Gateway } from '../../clients/gateway.js';
import { exportLedger } from '../../clients/ledger/export.js';
import { pull } from '../../clients/publish/pull.js';
import { storesOf } from '../../services/contributions/stores.js';
import * as w from '../../services/contributions/words-for-tests.js';
import { onStatement } from '../../services/kernel/database.js';
import { table } from '../stories/story-for-tests.js';
import type { Answer } from '../world.js';
import { numbersFrom } from './arguments-for-tests.js';
import type { Bundle } from './bundles-for-tests.js';
import { CanaryWorld, health } from './canaries-for-tests.js';
import { placesOfIds } from './deeds-by-id-for-tests.js';
import {
  type About,
  answerTo,
  called,
  documentsFor,
  drawFrom,
  Outsider,
  questionsAbout,
  subgraphs,
} from './twins-for-tests.js';

// How many questions about each schema each caller is asked; what there is more than all of them is asked by chance.
const runs = Number(process.env.ISOLATION_RUNS ?? 1);
const seed = Number(process.env.ISOLATION_SEED ?? Date.now() % 2 ** 31);
const next = numbersFrom(seed);

const outsiders = {
  central: [w.missionUnit, w.missionFinance],
  others: [
    ...['publisher', 'approver', 'accounting-officer'].map((role) => `${w.transport}.${role}`),
    'office-for-national-statistics.statistician',
  ],
  public: [undefined],
};
const whoSeesWhat = [
  'what                                           | its organisation | auditor | mission unit | another department | public',
  'who asked for a deposit                        | all              | all     | all          | all                | -',
  'an earlier version, from when it was a draft   | all              | all     | -            | -                  | -',
  'what is said in a negotiation                  | all              | all     | all          | -                  | -',
  'who approved a commitment                      | all              | all     | all          | -                  | -',
  'a payment reference and where a row comes from | all              | all     | all          | -                  | -',
  'a draft                                        | all              | all     | -            | -                  | -',
  'other terms that are not binding yet           | all              | all     | all          | -                  | -',
  'a write-off that one side has approved         | all              | all     | all          | -                  | -',
  'a request for help and its answer              | all              | all     | all          | -                  | -',
  'an insight for those who take part             | all              | all     | all          | all                | -',
];

/** Which tables are left without row-level security, of which service, and what the public then finds. */
const guards: [tables: string, service: 'contributions' | 'missions', found: string[]][] = [
  ['contribution', 'contributions', ['a difference']],
  [
    'contribution, contribution_version',
    'contributions',
    ['shared-draft-name', 'own-draft-name', '777771.37', '888881.37'],
  ],
  ['contribution_version, contribution_state', 'contributions', ['shared-former-name', 'own-former-name']],
  ['contribution_state', 'contributions', ['a difference']],
  ['contribution_evidence', 'contributions', ['shared-paid', 'own-original']],
  ['help_request', 'contributions', ['shared-help-question', 'own-help-question']],
  ['help_request, help_answer', 'contributions', ['shared-help-reason', 'own-help-reason']],
  ['insight', 'missions', ['inside-insight']],
  // Here the code is a guard of its own: it asks who is inside before it reads a round or an approval, shows of versions only those the
  // contribution has stood on, and reads amounts only with their version.
  ['contribution_version', 'contributions', []],
  ['negotiation_round', 'contributions', []],
  ['write_off_approval', 'contributions', []],
  ['contribution_amount', 'contributions', []],
];

const keepers = [w.publisher(w.education), w.publisher(health)];

let canaries: CanaryWorld;
let about: Record<string, About>;
let asked: Record<keyof typeof outsiders, Outsider[]>;
let publicAtFirst: Outsider;

beforeAll(async () => {
  process.stderr.write(`ISOLATION_SEED=${seed}\n`);
  canaries = await CanaryWorld.start();
  const all = await questionsAbout(canaries, seed, runs);
  about = Object.fromEntries(all.map((each) => [each.service ?? 'gateway', each]));
  const outsider = (as: string | undefined) =>
    new Outsider(
      canaries,
      as,
      all.flatMap((each) => documentsFor(each, drawFrom(each.all, runs, next))),
    );
  const { contributions, missions } = about;
  const first = contributions!.core.filter(isFirst);
  const asKnown = first.filter(({ text }) => text.includes('Contribution_ID'));
  publicAtFirst = new Outsider(canaries, undefined, [
    ...documentsFor(contributions!, first),
    ...documentsFor(
      contributions!,
      asKnown.map((each) => ({ ...each, asKnownAt: 'middle' })),
    ),
    ...documentsFor(missions!, missions!.core.filter(isFirst)),
  ]);
  const other = new Outsider(canaries, w.publisher(w.transport), documentsFor(contributions!, first));
  asked = {
    central: outsiders.central.map(outsider),
    others: [...outsiders.others.map(outsider), other],
    public: [...outsiders.public.map(outsider), publicAtFirst],
  };
  for (const each of Object.values(asked).flat()) await each.askBefore();
}, 1_800_000);
afterAll(() => canaries?.stop());

/** What everybody would ask first: every contribution by its id, those of a mission, all, and the pool. */
const isFirst = ({ text }: { text: string }) => /^contributions |Contribution_ID|\$mission_|pooledBudget_ID/.test(text);

/** All that somebody reads of some questions. */
async function reads(as: string | undefined, bundles: Bundle[]): Promise<string> {
  const texts: string[] = [];
  for (const bundle of bundles)
    texts.push(await answerTo(canaries.world, bundle, as, { ...canaries.ghosts, ...canaries.names }));
  return texts.join('\n');
}

describe('what is not published', () => {
  it('changes no byte of any answer to anybody else, whatever is asked of the gateway or a subgraph', async () => {
    const found: string[] = [];
    const askAgain = async (some: Outsider[]) => {
      for (const each of some) found.push(...(await each.askAfter()));
    };
    await canaries.hideDrafts();
    await askAgain(asked.central);
    await canaries.hideTalk();
    await askAgain(asked.others);
    await canaries.hideInsight();
    await askAgain(asked.public);
    const everybody = Object.values(asked).flat();
    const count = everybody.reduce((sum, each) => sum + each.count, 0);
    process.stderr.write(`${count} questions, each of them twice\n`);
    expect([found.length, ...found.slice(0, 20)]).toEqual([0]);
  }, 3_600_000);

  it('is found by the same questions of those it is for, and is what this table says', async () => {
    const core = ['contributions', 'missions', 'budgets'].flatMap((name) =>
      documentsFor(about[name]!, about[name]!.core.filter(isFirst)),
    );
    const texts = [
      (await Promise.all(keepers.map((as) => reads(as, core)))).join('\n'),
      ...(await Promise.all(
        [w.auditor, w.missionUnit, `${w.transport}.publisher`, undefined].map((as) => reads(as, core)),
      )),
    ];
    const rows = canaries.hidden.map(({ what, words }) => [
      what,
      ...texts.map((text) => {
        const count = words.filter((word) => text.includes(word)).length;
        return count === words.length ? 'all' : count > 0 ? 'some' : '-';
      }),
    ]);
    const head = ['what', 'its organisation', 'auditor', 'mission unit', 'another department', 'public'];
    expect(table(head, ...rows)).toEqual(whoSeesWhat);
  }, 120_000);

  it.each(guards)(
    'is found by the same questions once nothing guards %s',
    async (tables, service, expected) => {
      const databases = canaries.databasesOf(service);
      const switched = (to: string) =>
        tables
          .split(', ')
          .map((name) => `alter table ${name} ${to} row level security`)
          .join('; ');
      await canaries.asAdministrator(databases, switched('disable'));
      try {
        const words = expected.filter((word) => word !== 'a difference');
        const unseen = (leaks: string[]) =>
          words.filter((word) => !leaks.some((leak) => leak.endsWith(`word ${word}`)));
        const isEnough = (leaks: string[]) => expected.length > 0 && leaks.length > 0 && unseen(leaks).length === 0;
        const found = await publicAtFirst.askAfter(isEnough);
        expect([unseen(found), found.length > 0]).toEqual([[], expected.length > 0]);
      } finally {
        await canaries.asAdministrator(databases, switched('enable'));
      }
    },
    120_000,
  );

  it('leaves in no event, in no export and in nothing that another organisation pulls', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hub-isolation-'));
    const hubFor = (as?: string) =>
      new Gateway(canaries.world.gatewayUrl!, async () => (as ? canaries.world.tokenFor(as) : null));
    const unseen = { begin: () => undefined, advance: () => undefined, end: () => undefined };
    const all = canaries.hidden.flatMap(({ words }) => words);
    try {
      const events = (await canaries.events()).join('\n');
      const [journal, mine, theirs] = ['journal.csv', 'mine.jsonl', 'theirs.jsonl'].map((name) => join(folder, name));
      await exportLedger(hubFor(), canaries.pool.id, { as: 'csv', to: journal }, unseen);
      const pulled = { url: canaries.world.gatewayUrl!, organisation: w.education };
      const [owner, other] = [w.publisher(w.education), `${w.transport}.publisher`];
      await pull({ hub: hubFor(owner), ...pulled } as never, { to: mine!, as: 'jsonl' }, unseen);
      await pull({ hub: hubFor(other), ...pulled } as never, { to: theirs!, as: 'jsonl' }, unseen);
      const [exported, toOwner, toOther] = [journal, mine, theirs].map((path) => readFileSync(path!, 'utf8'));
      const within = (text: string, words = all) => words.filter((word) => text.includes(word));
      expect([events.includes('contributions.committed'), exported!.includes('400.00')]).toEqual([true, true]);
      // The ledger is told by which reference it finds a payment; it shows that to nobody.
      const told = within(events).filter((word) => !word.endsWith('-paid'));
      expect([told, within(exported!), within(toOther!)]).toEqual([[], [], []]);
      expect(within(toOwner!)).toEqual(['777771.37', 'shared-draft-name', 'shared-draft-reason']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  it('costs as many statements to be asked for as what does not exist, in either store', async () => {
    const { orm } = canaries.world.services.contributions;
    const own = storesOf(orm).storeOf(health)!;
    const statementsFor = async (as: string | undefined, document: string, variables: object) => {
      const statements: string[] = [];
      const stop = onStatement(orm, (sql) => statements.push(sql));
      const before = own.statements;
      await canaries.world.ask(document, { as, variables, service: 'contributions' });
      stop();
      return [...statements, `${own.statements - before} read in an own store`];
    };
    const byId = 'query ($id: ID!) { contribution(id: $id) { id publicName versions { number } rounds { message } } }';
    const deed = `mutation ($input: WithdrawContributionInput!) { withdrawContribution(input: $input) { userErrors { code message } } }`;
    for (const name of ['sharedDraftContribution', 'ownDraftContribution']) {
      const [real, ghost] = [canaries.names[name]!, canaries.ghosts[name]!];
      for (const as of [undefined, `${w.transport}.publisher`]) {
        expect(await statementsFor(as, byId, { id: real })).toEqual(await statementsFor(as, byId, { id: ghost }));
      }
      const withdrawing = (contribution: string) =>
        statementsFor(`${w.transport}.publisher`, deed, {
          input: { contribution, reason: 'r', idempotencyKey: 'statements' },
        });
      expect(await withdrawing(real)).toEqual(await withdrawing(ghost));
    }
    expect(
      (await statementsFor(w.publisher(w.education), byId, { id: canaries.names.sharedDraftContribution })).length,
    ).toBeGreaterThan((await statementsFor(undefined, byId, { id: canaries.ghosts.sharedDraftContribution })).length);
  });

  it('is refused by every deed just as what does not exist, and is not touched by any', async () => {
    const drafts = Object.keys(canaries.ghosts).filter((name) => name.endsWith('DraftContribution'));
    const kept = 'state version publicName versions { hash } states { state } rounds { message } approvals { side }';
    const all = drafts.map((name) => `${name}: contribution(id: "${canaries.names[name]}") { ${kept} }`).join(' ');
    const standing = async () =>
      (await canaries.world.ask(`{ ${all} }`, { as: w.auditor, service: 'contributions' })).data;
    const before = await standing();
    const attempts = subgraphsWithDeeds().flatMap(({ service, places }) =>
      places.flatMap((place) =>
        hiddenFor(place.path.at(-1)!, drafts).flatMap((name) =>
          deedsBy(name, drafts).flatMap((as) => [true, false].map((dryRun) => ({ service, place, name, as, dryRun }))),
        ),
      ),
    );
    const tried = drawFrom(attempts, runs * 6, next);
    const differing: string[] = [];
    for (const { service, place, name, as, dryRun } of tried) {
      const [ghost, real] = [canaries.ghosts, canaries.names].map((names) => names[name]!);
      const answers: string[] = [];
      for (const id of [ghost!, real!]) {
        const input = { ...place.inputWith(id, knownIds()), idempotencyKey: `deed ${++keys}`, dryRun };
        const answer = await canaries.world.ask(place.document, { as, service, variables: { input } });
        answers.push(anonymous(called(JSON.stringify(told(answer)), { [name]: id })));
      }
      const words = canaries.wordsHiddenFrom(as).filter((word) => answers[1]!.includes(word));
      if (answers[0] !== answers[1] || words.length > 0)
        differing.push(`${as} ${place.mutation} ${place.path.join('.')} ${name}: ${answers.join(' and ')}`);
    }
    process.stderr.write(`${tried.length} of ${attempts.length} deeds, each of them twice\n`);
    expect(differing).toEqual([]);
    expect(before[drafts[0]!].state).toBe('DRAFT');
    expect(await standing()).toEqual(before);
  }, 600_000);

  it('is asked for by every field that can be reached', () => {
    const missing = Object.entries(about).flatMap(([name, { questioner, core, all }]) =>
      questioner.fieldsNotIn([...core, ...all]).map((field) => `${name}: ${field}`),
    );
    expect(missing).toEqual([]);
  });
});

let keys = 0;

/** The places of ids in every mutation of each subgraph. */
function subgraphsWithDeeds() {
  return subgraphs.map((service) => ({ service, places: placesOfIds(about[service]!.questioner) }));
}

/** What an input is tried with: what it is meant for, else any draft. */
function hiddenFor(field: string, drafts: string[]): string[] {
  const meant: Record<string, string[]> = {
    contribution: drafts,
    helpRequest: ['sharedHelp', 'ownHelp'],
    condition: ['sharedVariedCondition'],
  };
  return meant[field] ?? [drafts[0]!];
}

/** Who tries: the central unit has no part in drafts, and one in the talk. */
const deedsBy = (name: string, drafts: string[]): string[] => [
  ...['publisher', 'approver', 'accounting-officer'].map((role) => `${w.transport}.${role}`),
  ...(drafts.includes(name) ? [w.missionUnit, w.missionFinance] : []),
];

const knownIds = () => ({
  id: `thing-${++keys}`,
  ...{ mission: 'clean-energy', budget: canaries.pool.id, organisation: w.transport },
  contribution: canaries.names.sharedContribution!,
});

/** What an answer tells: of a deed that was done, since the id was nothing to it, only what it says of each row. */
function told({ status, data, errors }: Answer): object {
  const isDone = data?.done && data.done.userErrors.length === 0;
  return { status, errors, done: isDone ? { rows: data.done.rows } : data?.done };
}

/** Ids, instants and hashes that are new each time. */
const anonymous = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '<instant>')
    .replace(/\b[0-9a-f]{64}\b/g, '<hash>')
    .replace(/thing-\d+/g, 'thing');
