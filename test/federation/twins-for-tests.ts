import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { buildSchema, type GraphQLSchema } from 'graphql';
import type { Service } from '../../services/kernel/service.js';
import { subgraphOf } from '../../services/kernel/subgraph.js';
import type { ServiceName, World } from '../world.js';
import { numbersFrom } from './arguments-for-tests.js';
import { type Bundle, bundled, type Names, variablesOf } from './bundles-for-tests.js';
import type { CanaryWorld } from './canaries-for-tests.js';
import { type Question, Questioner } from './questions-for-tests.js';

// Puts the same questions before something is hidden, with ids that nothing has, and after it with its own ids.

export const subgraphs: ServiceName[] = ['contributions', 'missions', 'budgets', 'outcomes'];

/** All questions about one schema. */
export interface About {
  service: ServiceName | undefined;
  questioner: Questioner;
  core: Question[];
  all: Question[];
}

export async function questionsAbout(canaries: CanaryWorld, seed: number, byChance: number): Promise<About[]> {
  const words = canaries.vocabulary();
  const found: About[] = [];
  for (const service of [...subgraphs, undefined]) {
    const schema = service ? await schemaOf(service) : buildSchema(readFileSync('schema/public.graphql', 'utf8'));
    const questioner = new Questioner(schema, words, numbersFrom(seed));
    const all = [...questioner.systematic(), ...questioner.random(byChance)];
    found.push({ service, questioner, core: questioner.core(), all });
    // The servers in this process are to notice meanwhile which connections nobody uses.
    await pause(1);
  }
  return found;
}

async function schemaOf(name: ServiceName): Promise<GraphQLSchema> {
  const { [name]: service } = (await import(`../../services/${name}/service.js`)) as Record<string, Service>;
  return subgraphOf(service!).schema;
}

/** The documents that ask these questions about one schema. */
export const documentsFor = ({ questioner, service }: About, questions: readonly Question[]): Bundle[] =>
  bundled(questions, questioner.schema, service);

/** So many of a list, each once, by chance. */
export function drawFrom<Each>(list: readonly Each[], count: number, next: () => number): Each[] {
  if (count >= list.length) return [...list];
  const left = [...list];
  return Array.from({ length: count }, () => left.splice(Math.floor(next() * left.length), 1)[0]!);
}

/** Asks as somebody; answers the whole text, with what was hidden called by its name. */
export async function answerTo(world: World, bundle: Bundle, as: string | undefined, names: Names): Promise<string> {
  const { service, document, asKnownAt } = bundle;
  const asked = { as, service, variables: variablesOf(bundle, names), asKnownAt: asKnownAt && names[asKnownAt] };
  for (let attempt = 1; ; attempt++) {
    // A server closes a connection that was idle for long, perhaps just as it is used again.
    const answer = await world.ask(document, asked).catch(() => null);
    const isAway = !answer || answer.errors?.some(({ extensions }) => /UNAVAILABLE/.test(extensions?.code));
    // Which of two services answers first is chance, and so is the order of their errors.
    answer?.errors?.sort((one: Placed, other: Placed) => (placeOf(one) < placeOf(other) ? -1 : 1));
    if (answer && (!isAway || attempt === 10))
      return JSON.stringify(answer, (key, value) => (key === 'correlationId' ? '' : value));
    if (attempt === 10) throw new Error(`no answer to ${document}`);
    await pause(200);
  }
}

interface Placed {
  path?: (string | number)[];
}
const placeOf = ({ path }: Placed) => JSON.stringify(path ?? []);

/** Puts names in place of ids, so that answers about different ones can be compared. */
export function called(text: string, ids: Names): string {
  return Object.entries(ids).reduce((so, [name, id]) => so.replaceAll(id, `<${name}>`), text);
}

/** What differs, question by question, to be read by people. */
export function differences(bundle: Bundle, before: string, after: string): string[] {
  if (before === after) return [];
  const [one, other] = [before, after].map((text) => JSON.parse(text));
  const lines = bundle.document.split('\n');
  const found = Object.keys({ ...one.data, ...other.data }).flatMap((alias) => {
    const [was, is] = [one, other].map(({ data }) => JSON.stringify(data?.[alias]) ?? 'nothing');
    if (was === is) return [];
    const from = Math.max(0, [...was!].findIndex((letter, place) => letter !== is![place]) - 100);
    const question = lines.find((line) => line.includes(`${alias}: `)) ?? alias;
    return [`${question.slice(0, 160)} was ${was!.slice(from, from + 300)} and is ${is!.slice(from, from + 300)}`];
  });
  if (found.length > 0) return found;
  const errors = [one, other].map(({ status, errors }) => JSON.stringify([status, errors]).slice(0, 500));
  return [`${bundle.document.slice(0, 200)} was ${errors[0]} and is ${errors[1]}`];
}

/** What one caller is asked, and what was answered before anything was hidden. */
export class Outsider {
  private readonly answers = new Map<Bundle, string>();

  constructor(
    readonly canaries: CanaryWorld,
    readonly as: string | undefined,
    readonly bundles: Bundle[],
  ) {}

  get count(): number {
    return this.bundles.reduce((sum, { count }) => sum + count, 0);
  }

  async askBefore(): Promise<void> {
    const { world, names, ghosts } = this.canaries;
    for (const bundle of this.bundles) {
      const text = await answerTo(world, bundle, this.as, { ...names, ...ghosts });
      // One question that is refused whole would take the answers to the others with it.
      if (bundle.count > 1 && JSON.parse(text).data === undefined) throw new Error(`${bundle.document} ${text}`);
      this.answers.set(bundle, called(text, ghosts));
    }
  }

  /** Asks again; answers every difference and every hidden word, until that is enough. */
  async askAfter(isEnough: (leaks: string[]) => boolean = () => false): Promise<string[]> {
    const { world, names, ghosts } = this.canaries;
    const ids = Object.fromEntries(Object.keys(ghosts).map((name) => [name, names[name] ?? ghosts[name]!]));
    const found: string[] = [];
    for (const bundle of this.bundles) {
      const text = await answerTo(world, bundle, this.as, { ...names, ...ids });
      const words = this.canaries.wordsHiddenFrom(this.as).filter((word) => text.includes(word));
      const leaks = [
        ...words.map((word) => `word ${word}`),
        ...differences(bundle, this.answers.get(bundle)!, called(text, ids)),
      ];
      found.push(...leaks.map((leak) => `${this.as ?? 'the public'} at ${bundle.service ?? 'the gateway'}: ${leak}`));
      if (isEnough(found)) break;
    }
    return found;
  }
}
