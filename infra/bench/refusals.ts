import { bombs } from '../../gateway/bombs-for-tests.js';
import { table } from './load.js';

const limitMs = 100;
const attempts = 7;

/** How long the gateway takes to refuse each of the documents beyond its limits, against the 100 ms it promises. */
export async function refusals(url: string, say: (line: string) => void): Promise<Record<string, number>> {
  const middle: Record<string, number> = {};
  for (const [name, query] of Object.entries(bombs)) {
    const ms: number[] = [];
    for (let attempt = 0; attempt < attempts; attempt++) {
      const begun = performance.now();
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      await answer.text();
      if (answer.status !== 400) throw new Error(`"${name}" was answered with ${answer.status}; nothing was measured.`);
      ms.push(performance.now() - begun);
    }
    middle[name] = ms.sort((a, b) => a - b)[Math.floor(attempts / 2)]!;
  }
  say('\nDocuments beyond the limits');
  say(
    table([['', 'p50 ms', 'share of 100 ms'], ...Object.entries(middle).map(([name, ms]) => [name, ms, ms / limitMs])]),
  );
  return middle;
}
