/** What tests of this service say again and again, as functions over a way to ask. */
export interface Asks {
  ask(document: string, asked?: Asked): Promise<Answer>;
}

interface Asked {
  as?: string;
  variables?: object;
  asKnownAt?: string;
}

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: a GraphQL answer has the shape of its question.
  data: any;
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  errors?: any[];
}

export const publisher = (organisation: string) => `${organisation}.publisher`;
export const officer = (organisation: string) => `${organisation}.accounting-officer`;
export const missionUnit = 'mission-delivery-unit.mission-unit';
export const missionFinance = 'mission-delivery-unit.mission-finance';
export const auditor = 'national-audit-office.auditor';

export const education = 'department-for-education';
export const transport = 'department-for-transport';

let keys = 0;
export const newKey = () => `key-${++keys}`;

export const pounds = (decimal: string) => ({ amount: decimal, currency: 'GBP' });

/** Terms in money, of one financial year. */
export const termsOf = (decimal: string, more: object = {}) => ({
  amounts: [{ financialYear: '2026-27', controlTotal: 'RDEL_PROGRAMME', amount: pounds(decimal) }],
  budget: 'budget-1',
  ...more,
});

const shown = `id state version publicName current { number hash total { amount currency } }`;

export interface Shown {
  id: string;
  state: string;
  version: number;
  publicName: string;
  current: { number: number; hash: string; total: { amount: string; currency: string } | null };
}

export interface Deed {
  contribution: Shown;
  userErrors: { code: string; message: string; path: string[]; state?: string; allowed?: string[] }[];
  replayed: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: top-level errors of the request.
  errors?: any[];
}

/** Does a deed that answers with one contribution. */
export async function does(asks: Asks, deed: string, as: string, input: object): Promise<Deed> {
  const name = deed[0]!.toUpperCase() + deed.slice(1);
  const document = `mutation ($input: ${name}Input!) { ${deed}(input: $input) {
    contribution { ${shown} } replayed
    userErrors { code message path ... on IllegalTransition { state allowed } ... on StaleVersion { current }
      ... on MoreThanOutstanding { outstanding { amount } } } } }`;
  const answer = await asks.ask(document, { as, variables: { input: { idempotencyKey: newKey(), ...input } } });
  return { ...answer.data?.[deed], errors: answer.errors };
}

/** A pledge of one department, 1,000,000.00 pounds unless said otherwise. */
export async function pledges(asks: Asks, organisation: string, more: object = {}): Promise<Shown> {
  const input = {
    mission: 'clean-energy',
    kind: 'MONEY',
    pooling: 'POOLED',
    publicName: 'Heat pump skills',
    terms: termsOf('1000000.00'),
  };
  const { contribution, userErrors, errors } = await does(asks, 'pledgeContribution', publisher(organisation), {
    ...input,
    ...more,
  });
  if (!contribution) throw new Error(JSON.stringify(userErrors ?? errors));
  return contribution;
}

/** A pledge that both sides have agreed on. */
export async function agrees(asks: Asks, organisation: string, more: object = {}): Promise<Shown> {
  const { id, current } = await pledges(asks, organisation, more);
  await does(asks, 'proposeTerms', missionUnit, { contribution: id, message: 'As you say.' });
  const accepted = await does(asks, 'acceptTerms', publisher(organisation), acceptance(id, current.hash, organisation));
  if (!accepted.contribution) throw new Error(JSON.stringify(accepted));
  return accepted.contribution;
}

export const acceptance = (contribution: string, versionHash: string, organisation: string) => ({
  ...{ contribution, versionHash, instrument: 'MOU', signatories: [organisation, 'mission-delivery-unit'] },
});

/** A contribution that both approvals have made binding. */
export async function commits(asks: Asks, organisation: string, more: object = {}): Promise<Shown> {
  const { id, current } = await agrees(asks, organisation, more);
  const approval = { contribution: id, versionHash: current.hash };
  await does(asks, 'commitContribution', officer(organisation), approval);
  const second = await does(asks, 'commitContribution', missionFinance, approval);
  if (second.contribution?.state !== 'COMMITTED') throw new Error(JSON.stringify(second));
  return second.contribution;
}

/** Writes off with both approvals, the contributor's first; answers what the last of them did. */
export async function writesOff(asks: Asks, organisation: string, input: object): Promise<Deed> {
  const first = await does(asks, 'writeOffContribution', officer(organisation), input);
  return first.contribution ? does(asks, 'writeOffContribution', missionFinance, input) : first;
}

export const publishRows = `mutation ($input: PublishContributionsInput!) { publishContributions(input: $input) {
  replayed userErrors { code message path }
  receipt { batch publishedAt store rowCount newCount changedCount unchangedCount refusedCount }
  rows { row accepted verdict id state number versionHash userErrors { code message path ... on IllegalTransition { state allowed } } } } }`;

/** A row of a department's own system. */
export const rowOf = (sourceRecordId: string, more: object = {}) => ({
  ...{ sourceSystem: 'finance', sourceRecordId, mission: 'clean-energy', kind: 'MONEY', pooling: 'POOLED' },
  ...{ publicName: `Contribution ${sourceRecordId}`, terms: termsOf('100.00'), state: 'PLEDGED', ...more },
});
