import { eventually, type Hub, marked, missionFinance, missionUnit, pounds } from './hub.js';
import type { Ids } from './load-mission.js';
import type { ContributionContent, Round, Terms } from './shape.js';

interface Place {
  mission: string;
  /** The pool of the mission, for what is pooled. */
  budget: string;
  levers: Ids;
}

const fields = 'contribution { id versions { number hash } }';

/** Takes a contribution along its states as far as the content says. Answers its id. */
export async function contribute(hub: Hub, content: ContributionContent, place: Place): Promise<string> {
  const { key, contributor, kind, pooling, publicName, challenge, lever, draft = false } = content;
  const publisher = `${contributor}.publisher`;
  const input = {
    ...{ mission: place.mission, kind, pooling, publicName, challenge, draft, illustrative: true },
    lever: lever && place.levers.get(lever),
    terms: termsOf(content.terms, content, place),
  };
  const pledged = await hub.does(publisher, 'pledgeContribution', `pledge/${key}`, input, fields);
  const { id } = pledged.contribution;
  let answer = pledged;
  let number = 1;
  for (const [turn, round] of (content.rounds ?? []).entries()) {
    if (round.terms) number += 1;
    const speaker = round.by === 'MISSION' ? missionUnit : publisher;
    answer = await hub.does(
      speaker,
      'proposeTerms',
      `round/${key}/${turn + 1}`,
      roundOf(id, round, content, place),
      fields,
    );
  }
  const last = content.rounds?.at(-1);
  if (content.declined) await end(hub, missionUnit, 'declineContribution', key, id, content.declined);
  if (content.withdrawn) await end(hub, publisher, 'withdrawContribution', key, id, content.withdrawn);
  if (!content.agreed || !last) return id;
  // Found by its number, so that a load that goes on after an interruption signs what was signed before.
  const versionHash = answer.contribution.versions.find(
    (version: { number: number }) => version.number === number,
  ).hash;
  const signing = {
    contribution: id,
    versionHash,
    signatories: [contributor, 'mission-delivery-unit'],
    ...content.agreed,
  };
  await hub.does(
    last.by === 'MISSION' ? publisher : missionUnit,
    'acceptTerms',
    `accept/${key}`,
    signing,
    'contribution { id }',
  );
  if (content.committedOn)
    await commit(hub, content, { contribution: id, versionHash, effectiveOn: content.committedOn });
  return id;
}

/** Two people of two organisations: the contributor's accounting officer and mission finance. */
async function commit(hub: Hub, { key, contributor }: ContributionContent, input: object): Promise<void> {
  await hub.does(
    `${contributor}.accounting-officer`,
    'commitContribution',
    `commit/${key}`,
    input,
    'contribution { id }',
  );
  await hub.does(missionFinance, 'commitContribution', `commit/${key}`, input, 'contribution { id }');
}

async function end(hub: Hub, client: string, deed: string, key: string, id: string, reason: string): Promise<void> {
  await hub.does(client, deed, `end/${key}`, { contribution: id, reason }, 'contribution { id }');
}

function roundOf(
  contribution: string,
  { message, openQuestions, terms }: Round,
  content: ContributionContent,
  place: Place,
) {
  const said = { message: marked(message), openQuestions: openQuestions ?? [] };
  return { contribution, ...said, terms: terms ? termsOf(terms, content, place) : null };
}

function termsOf(
  { amounts, quantity, earmark = 'NONE', reason }: Terms,
  { pooling }: ContributionContent,
  { budget }: Place,
) {
  return {
    amounts: (amounts ?? []).map((part) => ({
      ...{ financialYear: part.year, controlTotal: part.of, amount: pounds(part.pounds) },
    })),
    ...{ quantity: quantity?.of ?? null, unit: quantity?.unit ?? null, earmark, reason: reason ?? null },
    budget: pooling === 'POOLED' ? budget : null,
  };
}

/** Where a contribution stands in the end. */
export function stateOf(content: ContributionContent): string {
  if (content.declined) return 'DECLINED';
  if (content.withdrawn) return 'WITHDRAWN';
  const rest = promised(content) - paid(content);
  if (paid(content) > 0n) return rest > 0n ? 'PART_DEPOSITED' : 'DEPOSITED';
  if (content.committedOn) return 'COMMITTED';
  if (content.agreed) return 'AGREED';
  if (content.rounds) return 'NEGOTIATING';
  return content.draft ? 'DRAFT' : 'PLEDGED';
}

const pence = (decimal: string) => BigInt(decimal.replace('.', ''));
const sum = (decimals: string[]) => decimals.reduce((total, decimal) => total + pence(decimal), 0n);

const paid = ({ deposits }: ContributionContent) => sum((deposits ?? []).map((deposit) => deposit.pounds));

function promised({ terms, rounds }: ContributionContent): bigint {
  const last = rounds?.findLast((round) => round.terms)?.terms ?? terms;
  return sum((last.amounts ?? []).map((amount) => amount.pounds));
}

const page = `query Contributions($mission: ID!) { mission(id: $mission) { contributions(first: 100) { nodes { id state } } } }`;

/** Waits until the ledger has told of every deposit. */
export async function settle(hub: Hub, mission: string, expected: ReadonlyMap<string, string>): Promise<void> {
  await eventually(`the states of the contributions to ${mission}`, async () => {
    const { nodes } = (await hub.asks(page, { mission })).mission.contributions;
    const states = new Map(nodes.map(({ id, state }: { id: string; state: string }) => [id, state]));
    return [...expected].every(([id, state]) => states.get(id) === state) || null;
  });
}
