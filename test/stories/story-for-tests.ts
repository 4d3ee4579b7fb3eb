import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { dayInLondon } from '../../services/kernel/dates.js';
import type { World } from '../world.js';

/** Does one deed through the gateway. Answers what it shows, or the codes of its refusals, or that it is forbidden. */
export async function act(world: World, as: string, name: string, input: object, fields: string) {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { done: ${name}(input: $input) { ${fields} userErrors { code message } } }`;
  const variables = { input: { idempotencyKey: randomUUID(), ...input } };
  const { data, errors } = await world.ask(document, { as, variables });
  const refused = errors?.map(({ extensions }) => extensions.code) ?? [];
  const codes: string[] = [...refused, ...(data?.done?.userErrors ?? []).map(({ code }: { code: string }) => code)];
  return { ...data?.done, codes };
}

/** Events take a moment: asks again until the answer is as wanted, and gives the last answer when it never is. */
export async function until<Answer>(ask: () => Promise<Answer>, isSo: (answer: Answer) => boolean): Promise<Answer> {
  const end = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (isSo(answer) || Date.now() > end) return answer;
    await pause(50);
  }
}

/** Today in London, or a day so many days from it. */
export const londonDay = (daysAhead = 0): string =>
  new Date(Date.parse(today) + daysAhead * 86_400_000).toISOString().slice(0, 10);

// Looked at once: a story that goes on past midnight keeps its days.
const today = dayInLondon(new Date());

/** Rows of words as one table whose columns stand under each other. */
export function table(...rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join(' | ')
      .trimEnd(),
  );
}
