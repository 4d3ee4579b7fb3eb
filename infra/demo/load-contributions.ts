import { eventually, type Hub, marked, missionFinance, missionUnit, pounds } from './hub.js';
import type { Ids } from './load-mission.js';
import type { ContributionContent, Terms } from './shape.js';

interface Place {
  mission: string;
  /** The pool of the mission, for what is pooled. */
  budget: string;
  levers: Ids;
}

/** Takes a contribution along its states as far as the content says. Answers its id. */
export async function contribute(hub: Hub, content: ContributionContent, place: Place): Promise<string> {
  const { key, contributor, kind, pooling, publicName, challenge, lever, draft = false } = content;
  const publisher = `${contributor}.publisher`;
  const input = {
    ...{ mission: place.mission, kind, pooling, publicName, challenge, draft, illustrative: true },
    lever: lever && place.levers.get(lever),
    terms: termsOf(content.terms, content, place),
  };
  const { contribution } = await hub.does(publisher, 'pledgeContribution', `pledge/${key}`, input);
  const versionHash = await negotiate(hub, contribution.id, content, place);
  const ending = { contribution: contribution.id, reason: content.declined ?? content.withdrawn };
  if (content.declined) await hub.does(missionUnit, 'declineContribution', `decline/${key}`, ending);
  if (content.withdrawn) await hub.does(publisher, 'withdrawContribution', `withdraw/${key}`, ending);
  if (content.agreed) await sign(hub, content, { contribution: contribution.id, versionHash });
  return contribution.id;
}

/** The rounds of its negotiation. Answers the hash of the last version. */
async function negotiate(hub: Hub, contribution: string, content: ContributionContent, place: Place): Promise<string> {
  const { key, contributor, rounds = [] } = content;
  let hash = '';
  let number = 1;
  for (const [turn, { by, message, openQuestions = [], terms }] of rounds.entries()) {
    if (terms) number += 1;
    const speaker = by === 'MISSION' ? missionUnit : `${contributor}.publisher`;
    const said = { contribution, message: marked(message), openQuestions };
    const input = { ...said, terms: terms ? termsOf(terms, content, place) : null };
    const answer = await hub.does(speaker, 'proposeTerms', `round/${key}/${turn + 1}`, input);
    // Found by its number, so that a load that goes on after an interruption signs what was signed before.
    hash = answer.contribution.versions.find((version: { number: number }) => version.number === number).hash;
  }
  return hash;
}

interface Last {
  contribution: string;
  versionHash: string;
}

/** The side that did not speak last accepts; then two people of two organisations approve the commitment. */
async function sign(hub: Hub, { key, contributor, rounds, agreed, committedOn }: ContributionContent, last: Last) {
  const accepts = rounds?.at(-1)?.by === 'MISSION' ? `${contributor}.publisher` : missionUnit;
  const signatories = [contributor, 'mission-delivery-unit'];
  await hub.does(accepts, 'acceptTerms', `accept/${key}`, { ...last, ...agreed, signatories });
  if (!committedOn) return;
  const approval = { ...last, effectiveOn: committedOn };
  await hub.does(`${contributor}.accounting-officer`, 'commitContribution', `commit/${key}`, approval);
  await hub.does(missionFinance, 'commitContribution', `commit/${key}`, approval);
}

function termsOf(terms: Terms, { pooling }: ContributionContent, { budget }: Place) {
  const { amounts = [], quantity, earmark = 'NONE', reason = null } = terms;
  return {
    amounts: amounts.map(({ year, of, pounds: decimal }) => ({
      ...{ financialYear: year, controlTotal: of, amount: pounds(decimal) },
    })),
    ...{ quantity: quantity?.of ?? null, unit: quantity?.unit ?? null, earmark, reason },
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
