import { type Gateway, HubFault } from '../gateway.js';
import { plain, tableLines } from './lines.js';

/** A contribution with what the two sides have said about it. */
export interface Standing {
  id: string;
  publicName: string;
  state: string;
  version: number;
  contributor: { id: string };
  mission: { id: string };
  versions: {
    number: number;
    hash: string;
    amounts: { financialYear: string; controlTotal: string; amount: { amount: string; currency: string } }[];
    quantity: string | null;
    unit: string | null;
    earmark: string;
    validUntil: string | null;
    reason: string | null;
  }[];
  /** Null for all but the two sides and auditors. */
  rounds:
    | {
        ordinal: number;
        from: string;
        answer: string;
        version: number;
        message: string | null;
        openQuestions: string[];
        recordedAt: string;
      }[]
    | null;
}

const document = `query Negotiation($id: ID!) { contribution(id: $id) {
  id publicName state version contributor { id } mission { id }
  versions { number hash amounts { financialYear controlTotal amount { amount currency } } quantity unit earmark validUntil reason }
  rounds { ordinal from answer version message openQuestions recordedAt } } }`;

export async function readNegotiation(hub: Gateway, id: string): Promise<Standing> {
  const { contribution } = await hub.ask<{ contribution: Standing | null }>({ document, variables: { id } });
  if (!contribution)
    throw new HubFault(`There is no contribution ${id}, or it is not for you to see.`, { of: 'answer' });
  return contribution;
}

export function negotiationLines({
  id,
  publicName,
  state,
  contributor,
  mission,
  versions,
  rounds,
}: Standing): string[] {
  const terms = versions.flatMap(({ number, hash, amounts, quantity, unit, earmark, validUntil, reason }) => {
    const rest = [earmark, validUntil ?? '', hash.slice(0, 12), reason ?? ''];
    if (amounts.length === 0) return [[String(number), '', '', `${quantity} ${unit}`, ...rest]];
    return amounts.map(({ financialYear, controlTotal, amount }, at) => [
      ...[at === 0 ? String(number) : '', financialYear, controlTotal, `${amount.amount} ${amount.currency}`],
      ...(at === 0 ? rest : []),
    ]);
  });
  const said = rounds?.map(({ ordinal, from, answer, version, message, openQuestions, recordedAt }) => [
    ...[String(ordinal), from, answer, String(version), recordedAt.slice(0, 10)],
    [message, ...openQuestions.map((question) => `? ${question}`)].filter(Boolean).join(' '),
  ]);
  const heads = ['version', 'year', 'control total', 'how much', 'earmark', 'valid until', 'hash', 'reason'];
  return [
    `${plain(publicName)} (${id}): ${state}, ${contributor.id} to ${mission.id}`,
    ...tableLines([heads, ...terms]),
    '',
    ...(said
      ? tableLines([['round', 'from', 'answer', 'version', 'on', 'said'], ...said])
      : ['The rounds are for the two sides and auditors.']),
  ];
}
