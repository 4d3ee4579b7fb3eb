import type { Asked, World } from './world.js';

// biome-ignore lint/suspicious/noExplicitAny: a node has the shape of its question.
type Node = any;

/** Reads a list to its end page by page. Answers its nodes, and how many it says there are, the same on each page. */
export async function readList(
  world: World,
  list: string,
  { args = '', show = 'id', first = 1, ...asked }: { args?: string; show?: string; first?: number } & Asked = {},
): Promise<{ nodes: Node[]; count: number }> {
  const document = `query ($after: String) { page: ${list}(first: ${first}, after: $after, ${args}) {
    totalCount nodes { ${show} } pageInfo { hasNextPage endCursor } } }`;
  const nodes: Node[] = [];
  const counts = new Set<number>();
  for (let after: string | null = null; ; ) {
    const { data, errors } = await world.ask(document, { ...asked, variables: { after } });
    if (errors) throw new Error(`${list}(${args}): ${JSON.stringify(errors)}`);
    const { page } = data;
    nodes.push(...page.nodes);
    counts.add(page.totalCount);
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor;
  }
  if (counts.size > 1) throw new Error(`${list}(${args}) counts ${[...counts].join(' and then ')}`);
  return { nodes, count: [...counts][0]! };
}

/** The code that a list answers with to whoever goes on, in one order, after a cursor of another one. */
export async function codeOfOtherCursor(world: World, list: string, from: string, to: string): Promise<string> {
  const page = (args: string) => `{ page: ${list}(first: 1, ${args}) { pageInfo { endCursor } } }`;
  const { endCursor } = (await world.ask(page(`orderBy: ${from}`))).data.page.pageInfo;
  const { errors } = await world.ask(page(`orderBy: ${to}, after: "${endCursor}"`));
  return errors?.[0].extensions.code ?? 'none';
}
