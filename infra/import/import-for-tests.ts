import { basename } from 'node:path';
import { Hub, type Send, type SentAnswer, type ServiceName } from './client.js';
import { type Choices, formats } from './formats.js';
import { unseen } from './progress.js';
import { Report, type Stage } from './report.js';

/** What an import needs of a world of test/world.ts. */
interface Asking {
  gatewayUrl: string | null;
  ask(document: string, asked: { as: string; variables: object; service?: ServiceName }): Promise<SentAnswer>;
}

/** Asks a world: its gateway where it has one, else each service itself. */
export const toWorld =
  (world: Asking): Send =>
  ({ service, client, document, variables }) =>
    world.ask(document, { as: client, variables, ...(world.gatewayUrl ? {} : { service }) });

/** Imports a file into a world as the command line would. */
export async function importing(
  world: Asking,
  format: string,
  path: string,
  choices: Choices & { dryRun?: boolean } = {},
): Promise<Report> {
  const { dryRun = false } = choices;
  const report = new Report(format, basename(path), dryRun);
  const found = formats.find(({ name }) => name === format);
  if (!found) throw new Error(`There is no format ${format}.`);
  await found.import({ hub: new Hub(toWorld(world)), report, progress: unseen, dryRun }, path, choices);
  return report;
}

/** The one stage of a report that sent anything. */
export function theOnly(report: Report): Stage {
  const [stage, ...others] = report.stages.filter(({ name }) => name !== 'reading');
  if (!stage || others.length > 0) throw new Error(`Stages: ${report.stages.map(({ name }) => name).join(', ')}.`);
  return stage;
}
