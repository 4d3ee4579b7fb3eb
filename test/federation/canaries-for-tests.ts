import { setTimeout as pause } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import type { ServiceDatabase } from '../../infra/databases.js';
import { withConnection } from '../../infra/postgres/connection.js';
import { PoolForTests } from '../../services/budgets/pool-for-tests.js';
import * as w from '../../services/contributions/words-for-tests.js';
import { adminUrlOf } from '../databases.js';
import { type ServiceName, startWorld, type World } from '../world.js';
import type { Vocabulary } from './arguments-for-tests.js';
import type { Names } from './bundles-for-tests.js';
import { HeardEvents } from './heard-events-for-tests.js';

// A hub in which two organisations keep something to themselves, one in the store of everybody and one in its own.

export const health = 'department-of-health-and-social-care';
const council = 'leeds-city-council';

/** Something that is not for everybody, by the words or amounts that nothing else has. */
export interface Hidden {
  what: string;
  words: string[];
  /** Who sees it: its organisation and auditors always. */
  seenBy: 'its organisation' | 'both sides' | 'whoever is signed in';
}

const termsWith = (word: string, amount: string, budget: string) =>
  w.termsOf(amount, {
    ...{ budget, reason: `${word}-reason`, conditions: [{ kind: 'POLICY', test: `${word}-test`, precedent: false }] },
    instalments: [{ status: 'DUE', dueOn: '2027-01-01', amount: w.pounds(amount), reference: `${word}-reference` }],
  });

/** Each organisation with what sets its canaries apart. */
const keepers = [
  { of: w.education, key: 'shared', draft: '777771.37', former: '777772.37', varied: '777773.37', givenUp: '7774.37' },
  { of: health, key: 'own', draft: '888881.37', former: '888882.37', varied: '888883.37', givenUp: '8884.37' },
];
type Keeper = (typeof keepers)[number];

export class CanaryWorld {
  readonly names: Names = {};
  /** The same names for ids that nothing has. */
  readonly ghosts: Names = {};
  readonly hidden: Hidden[] = [];
  private readonly direct: w.Asks;
  private readonly heard = new HeardEvents();

  private constructor(
    readonly world: World,
    readonly pool: PoolForTests,
  ) {
    this.direct = { ask: (document, asked = {}) => world.ask(document, { ...asked, service: 'contributions' }) };
  }

  /** The whole hub with all that is public, and what hangs on it that is not. */
  static async start(): Promise<CanaryWorld> {
    const world = await startWorld({ stores: { [health]: (address) => address } });
    const canaries = new CanaryWorld(world, new PoolForTests(world));
    await canaries.heard.listenAt(canaries.databasesOf('contributions').map(adminUrlOf));
    await canaries.settle();
    for (const keeper of keepers) await canaries.publish(keeper);
    await canaries.still();
    canaries.name({ late: new Date().toISOString() });
    canaries.nameGhosts();
    return canaries;
  }

  vocabulary(): Vocabulary {
    const instants = ['early', 'middle', 'late'];
    const texts = ['recordText', 'hashText'];
    const ids = Object.keys(this.names).filter((name) => ![...instants, ...texts].includes(name));
    const hidden = Object.keys(this.ghosts).filter((name) => !texts.includes(name));
    const sorted = hidden.filter((name) => !/Varied/.test(name));
    return { ids: [...ids, ...hidden], hidden, texts, instants, cursors: [...ids.slice(0, 4), ...sorted] };
  }

  /** The words that somebody must never read. */
  wordsHiddenFrom(as: string | undefined): string[] {
    const isCentral = as?.startsWith('mission-delivery-unit.');
    const sees: Record<Hidden['seenBy'], boolean | undefined> = {
      ...{ 'its organisation': false, 'both sides': isCentral, 'whoever is signed in': as !== undefined },
    };
    return this.hidden.filter(({ seenBy }) => !sees[seenBy]).flatMap(({ words }) => words);
  }

  private name(names: Names): void {
    Object.assign(this.names, names);
  }

  private hide(what: string, seenBy: Hidden['seenBy'], ...words: string[]): void {
    const known = this.hidden.find((each) => each.what === what);
    if (known) known.words.push(...words);
    else this.hidden.push({ what, words, seenBy });
  }

  private does(deed: string, as: string, input: object): Promise<w.Deed> {
    return w.does(this.direct, deed, as, input).then(done);
  }

  /** Does any deed and answers what it shows. */
  private async deed(deed: string, as: string, input: object, shown = '__typename') {
    const type = `${deed[0]!.toUpperCase()}${deed.slice(1)}Input`;
    const document = `mutation ($input: ${type}!) { done: ${deed}(input: $input) { ${shown} userErrors { message } } }`;
    const answer = await this.world.ask(document, { as, variables: { input: { idempotencyKey: uuid(), ...input } } });
    if (answer.errors || answer.data.done.userErrors.length > 0) throw new Error(`${deed}: ${JSON.stringify(answer)}`);
    return answer.data.done;
  }

  /** Missions, a pool, a measure: what contributions are made to. */
  private async settle(): Promise<void> {
    const organisations = [w.education, health, w.transport, 'mission-delivery-unit', 'national-audit-office'].map(
      (id) => ({ id, name: id, kind: 'DEPARTMENT' }),
    );
    await this.deed('registerOrganisations', w.missionUnit, { organisations });
    for (const id of ['clean-energy', 'quiet-mission']) {
      const mission = { id, name: id, purpose: 'p', meaning: 'CHALLENGE', ambition: 'COMMITTED' };
      await this.deed('proposeMission', w.missionUnit, mission);
    }
    const outcome = { id: 'warm-homes', title: 't', kind: 'OUTCOME', missions: ['clean-energy'] };
    await this.deed('defineOutcome', w.missionUnit, outcome);
    await this.pool.open({ mission: 'clean-energy' });
    const officials = `${this.pool.host}.publisher`;
    this.hide('who asked for a deposit', 'whoever is signed in', officials);
    this.name({
      ...{ mission: 'clean-energy', quietMission: 'quiet-mission', outcome: 'warm-homes' },
      ...{ organisationShared: w.education, organisationOwn: health, organisationOther: w.transport },
      ...{ pooledBudget: this.pool.id, early: new Date().toISOString() },
      recordText: 'row-1',
    });
  }

  /** What an organisation has published, and what stays behind it. */
  private async publish({ of, key, former }: Keeper): Promise<void> {
    const word = `${key}-former`;
    const draftTerms = termsWith(word, former, this.pool.id);
    const drafted = { publicName: `${word}-name`, terms: draftTerms, draft: true };
    const { id, version } = await w.pledges(this.direct, of, drafted);
    this.hide(
      'an earlier version, from when it was a draft',
      'its organisation',
      `${word}-name`,
      `${word}-reason`,
      former,
    );
    if (key === 'shared') this.name({ middle: new Date().toISOString() });
    const pledged = await this.does('pledgeContribution', w.publisher(of), {
      ...{ contribution: id, expectedVersion: version, publicName: 'Heat pump skills' },
      terms: w.termsOf('1000000.00', { budget: this.pool.id }),
    });
    const talk = { message: `${word}-message`, openQuestions: [`${word}-question`] };
    await this.does('proposeTerms', w.missionUnit, { contribution: id, ...talk });
    this.hide('what is said in a negotiation', 'both sides', talk.message, talk.openQuestions[0]!);
    const { hash } = pledged.contribution.current;
    await this.does('acceptTerms', w.publisher(of), w.acceptance(id, hash, of));
    for (const as of [w.officer(of), w.missionFinance])
      await this.does('commitContribution', as, { contribution: id, versionHash: hash });
    this.hide('who approved a commitment', 'both sides', w.officer(health));
    this.name({ [`${key}Contribution`]: id });
    await this.publishRows(of, key);
    if (key === 'own') return;
    const [row] = await this.until(() => this.expectedOf(id));
    if (!row) throw new Error('the ledger was not told');
    const { codes, errors } = await this.pool.deposit('400.00', { contribution: id });
    if (errors || codes.length > 0) throw new Error(JSON.stringify({ codes, errors }));
  }

  private async publishRows(of: string, key: string): Promise<void> {
    const paid = { status: 'STATED_PAID', paidOn: '2026-05-01', amount: w.pounds('1.00'), reference: `${key}-paid` };
    const row = w.rowOf('row-1', {
      terms: w.termsOf('100.00', { budget: this.pool.id, instalments: [paid] }),
      provenance: { source: `${key}-source`, row: '1', original: `${key}-original` },
    });
    this.hide('a payment reference and where a row comes from', 'both sides', `${key}-paid`, `${key}-original`);
    const { rows } = await this.deed('publishContributions', w.publisher(of), { rows: [row] }, 'rows { id }');
    this.name({ [`${key}PublishedContribution`]: rows[0].id });
    const period = { financialYear: '2026-27', period: 'P01' };
    const { submission } = await this.deed('publishSubmission', w.publisher(of), period, 'submission { id hash }');
    this.name({ [`${key}Submission`]: submission.id });
    if (key === 'shared')
      await this.deed('certifySubmission', w.officer(of), { submission: submission.id, hash: submission.hash });
    const later = { rows: [w.rowOf('row-2')] };
    const { receipt } = await this.deed('publishContributions', w.publisher(of), later, 'receipt { batch }');
    this.name({ [`${key}Batch`]: receipt.batch });
  }

  /** Hides drafts: in each store one in a mission with others, and one where there is nothing else. */
  async hideDrafts(): Promise<void> {
    for (const { of, key, draft } of keepers) {
      const word = `${key}-draft`;
      const terms = termsWith(word, draft, this.pool.id);
      const [beside, alone] = [`${key}DraftContribution`, `${key}QuietDraftContribution`];
      this.name({
        [beside]: (await w.pledges(this.direct, of, { terms, publicName: `${word}-name`, draft: true })).id,
      });
      const input = { mission: 'quiet-mission', terms, publicName: `${word}-name`, draft: true };
      const quiet = await w.pledges(this.direct, of, input);
      await this.does('pledgeContribution', w.publisher(of), { contribution: quiet.id, terms, draft: true });
      this.name({ [alone]: quiet.id });
      const words = ['name', 'reason', 'test', 'reference'].map((part) => `${word}-${part}`);
      this.hide('a draft', 'its organisation', draft, ...words);
    }
  }

  /** Hides what the two sides talk about: a variation and a write-off that one of them has approved, and a request for help. */
  async hideTalk(): Promise<void> {
    for (const { of, key, varied, givenUp } of keepers) {
      const word = `${key}-varied`;
      const contribution = this.names[`${key}Contribution`]!;
      const offer = { contribution, terms: termsWith(word, varied, this.pool.id), message: `${word}-message` };
      await this.does('varyContribution', w.publisher(of), offer);
      const asked = `{ contribution(id: "${contribution}") { variation { version { hash conditions { id } } } } }`;
      const { version } = (await this.direct.ask(asked, { as: w.auditor })).data.contribution.variation;
      await this.does('acceptTerms', w.missionUnit, w.acceptance(contribution, version.hash, of));
      await this.does('commitContribution', w.officer(of), { contribution, versionHash: version.hash });
      if (key === 'shared') this.name({ hashText: version.hash });
      this.name({ [`${key}VariedHash`]: version.hash, [`${key}VariedCondition`]: version.conditions[0].id });
      const words = ['reason', 'test', 'reference', 'message'].map((part) => `${word}-${part}`);
      this.hide('other terms that are not binding yet', 'both sides', varied, ...words);
      const loss = { contribution, amount: w.pounds(givenUp), reason: `${key}-loss-reason` };
      await this.does('writeOffContribution', w.officer(of), loss);
      this.hide('a write-off that one side has approved', 'both sides', givenUp, loss.reason);
      const question = { mission: 'clean-energy', organisation: of, question: `${key}-help-question` };
      const { helpRequest } = await this.deed('askForHelp', w.missionUnit, question, 'helpRequest { id }');
      const answer = { helpRequest: helpRequest.id, answer: 'COUNTER', reason: `${key}-help-reason`, contribution };
      await this.deed('answerHelp', w.publisher(of), answer);
      this.name({ [`${key}Help`]: helpRequest.id });
      this.hide('a request for help and its answer', 'both sides', `${key}-help-question`, `${key}-help-reason`);
    }
  }

  /** Hides from the public what somebody at the front line said. */
  async hideInsight(): Promise<void> {
    const said = { mission: 'clean-energy', text: 'inside-insight', visibility: 'MISSION', consent: true };
    const { insight } = await this.deed('shareInsight', `${council}.publisher`, said, 'insight { id }');
    this.name({ insight: insight.id });
    this.hide('an insight for those who take part', 'whoever is signed in', 'inside-insight');
  }

  /** Before anything is hidden: ids of the same form, in the same place of every order. */
  private nameGhosts(): void {
    for (const { of, key } of keepers) {
      for (const name of ['DraftContribution', 'QuietDraftContribution']) this.ghosts[key + name] = `${of}:${uuid()}`;
      this.ghosts[`${key}Help`] = `${of}:help-${uuid()}`;
      this.ghosts[`${key}VariedHash`] = uuid().replaceAll('-', '').repeat(2);
      this.ghosts[`${key}VariedCondition`] = uuid().replaceAll('-', '').slice(-16);
    }
    this.ghosts.insight = `insight-${uuid()}`;
    this.ghosts.hashText = this.ghosts.sharedVariedHash!;
  }

  /** The databases of a service, those of own stores too. */
  databasesOf(service: ServiceName): ServiceDatabase[] {
    return [this.world.databases[service], ...(service === 'contributions' ? Object.values(this.world.stores) : [])];
  }

  async asAdministrator(databases: ServiceDatabase[], sql: string): Promise<void> {
    for (const database of databases) await withConnection(adminUrlOf(database), (client) => client.query(sql));
  }

  /** All that was ever put into a queue of events. */
  events(): Promise<string[]> {
    return this.heard.contents();
  }

  private async expectedOf(id: string): Promise<unknown[]> {
    const asked = `query ($id: ID!) { pooledBudget(id: $id) { expected { nodes { contribution { id } } } } }`;
    const { data } = await this.world.ask(asked, { service: 'budgets', variables: { id: this.pool.id } });
    return data.pooledBudget.expected.nodes.filter(
      (each: { contribution: { id: string } }) => each.contribution.id === id,
    );
  }

  private async until(ask: () => Promise<unknown[]>): Promise<unknown[]> {
    for (const end = Date.now() + 20_000; ; await pause(50)) {
      const found = await ask();
      if (found.length > 0 || Date.now() > end) return found;
    }
  }

  /** Waits until every transfer is sealed and no event is on its way. */
  private async still(): Promise<void> {
    const budgets = await this.world.owner('budgets');
    const left = async () =>
      (await budgets.query('select 1 from sent_event union all select 1 from unsealed')).rowCount! +
      (await this.heard.left());
    for (const end = Date.now() + 30_000; (await left()) > 0; await pause(50))
      if (Date.now() > end) throw new Error('the hub does not come to rest');
  }

  async stop(): Promise<void> {
    await this.heard.stop();
    await this.world.stop();
  }
}

function done(deed: w.Deed): w.Deed {
  if (!deed.contribution) throw new Error(JSON.stringify(deed));
  return deed;
}
