import 'reflect-metadata';
import { Command } from 'commander';
import type { Client } from 'pg';
import { sentenceOf } from '../../services/kernel/program.js';
import { withConnection } from '../postgres/connection.js';
import { type Sending, withSending } from './databases.js';
import { drop, replay, type SentEvent, type Standing, standingOf, type Which } from './sent-events.js';

const guide = `
Services tell each other, and departments' webhooks, what happened by events. An event is sent with the change it tells
of and delivered until its receiver accepts it. One that the receiver refuses, or fails on 25 times, is set aside
(PARKED); later ones about the same contribution wait for it (BEHIND), all others go on. What is tried again and again
because its receiver is away is LATE and needs nothing but the receiver.

  $ npm run hub -- events status
  $ npm run hub -- events replay --id 0198c2b7-6f1e-7cc2-a6a8-2f6f5c0c7a55
  $ npm run hub -- events replay --to budgets
  $ npm run hub -- events replay --all
  $ npm run hub -- events drop --id 0198c2b7-6f1e-7cc2-a6a8-2f6f5c0c7a55

First mend what the last error names, then replay. Events go out in the order they were sent, and the receiver's inbox
takes each in once, however often it comes. What is dropped never has its effect; it is printed, so keep the output.

This is for operators: it works on the databases, found as "npm start" and "npm run migrate" find them (DATABASE_URL,
HUB_DATA_DIR, CONTRIBUTION_STORES), also while services are away.
Exit codes: 0 done; status also 1 when events are parked; 1 nothing matched, or not done; 2 wrong use; 3 a database
does not answer.
`;

interface Said {
  json?: boolean;
  id?: string;
  to?: string;
  all?: boolean;
}

type Found<Answer> = { database: string } & ({ answer: Answer } | { fault: string });

/** The same work in each database; one that is away is named and does not keep the others waiting. */
async function inEach<Answer>(
  databases: Sending[],
  work: (client: Client) => Promise<Answer>,
): Promise<Found<Answer>[]> {
  return Promise.all(
    databases.map(async ({ name, url }) => {
      try {
        return { database: name, answer: await withConnection(url, work) };
      } catch (error) {
        return { database: name, fault: sentenceOf(error as Error & { code?: string }) };
      }
    }),
  );
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function run<Answer>(
  said: Said,
  work: (client: Client) => Promise<Answer>,
  tell: (database: string, answer: Answer) => string[],
  isOne: (answers: Answer[]) => boolean,
): Promise<void> {
  try {
    const found = await withSending((databases) => inEach(databases, work));
    if (said.json) say(JSON.stringify(found, null, 2));
    else
      for (const each of found) for (const line of 'answer' in each ? tell(each.database, each.answer) : []) say(line);
    const away = found.flatMap((each) => ('fault' in each ? [`${each.database}: ${each.fault}`] : []));
    for (const line of away) process.stderr.write(`${line}\n`);
    const isDone = !isOne(found.flatMap((each) => ('answer' in each ? [each.answer] : [])));
    process.exitCode = away.length > 0 ? 3 : isDone ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${sentenceOf(error as Error)}\n`);
    process.exitCode = 3;
  }
}

const age = (seconds: number) =>
  seconds < 120
    ? `${seconds} s`
    : seconds < 7_200
      ? `${Math.floor(seconds / 60)} min`
      : `${Math.floor(seconds / 3_600)} h`;

const lineOf = ({ state, type, receiver, subjects, tries, ageSeconds, id, lastError }: SentEvent): string => {
  const about =
    subjects.length > 2 ? `${subjects.slice(0, 2).join(', ')} and ${subjects.length - 2} more` : subjects.join(', ');
  return [
    `  ${state.padEnd(6)}  ${type} to ${receiver}, about ${about || 'nothing in particular'}`,
    `          ${id}; ${age(ageSeconds)} old; tried ${tries} times${lastError ? `; ${lastError}` : ''}`,
  ].join('\n');
};

const linesOf = (database: string, { waiting, parked, oldestSeconds, events }: Standing): string[] => [
  waiting === 0
    ? `${database}: all delivered`
    : `${database}: ${waiting} waiting, ${parked} of them parked; the oldest is ${age(oldestSeconds)} old`,
  ...events.map(lineOf),
  ...(events.length === 100 ? ['  (the first 100)'] : []),
];

/** Which events are meant; says so and ends when nobody did. */
function whichOf({ id, to, all }: Said): Which {
  if (!id && !to && !all) {
    process.stderr.write('Say which: --id <event>, --to <receiver> or --all.\n');
    process.exit(2);
  }
  return { id, receiver: to };
}

const command = new Command('npm run hub -- events')
  .description('Shows events that were not delivered, and replays or drops those that were set aside.')
  .addHelpText('after', guide)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

const sub = (name: string, description: string) =>
  command.command(name).description(description).option('--json', 'write the result as JSON, for scripts');

sub('status', 'events that are parked, behind a parked one, or late').action((said: Said) =>
  run(said, standingOf, linesOf, (all) => all.some(({ parked }) => parked > 0)),
);

sub('replay', 'has parked events tried again, in their order')
  .option('--id <event>', 'the one with this id')
  .option('--to <receiver>', 'all to this receiver: a service, or a webhook as "status" names it')
  .option('--all', 'all that are parked')
  .action((said: Said) => {
    const which = whichOf(said);
    return run(
      said,
      (client) => replay(client, which),
      (database, count) => (count > 0 ? [`${database}: ${count} replayed`] : []),
      (counts) => noneOf(counts.reduce((sum, each) => sum + each, 0)),
    );
  });

sub('drop', 'takes a parked event out for good, and prints it')
  .requiredOption('--id <event>', 'the one with this id')
  .action((said: Said) =>
    run(
      said,
      (client) => drop(client, { id: said.id }),
      (database, dropped) => dropped.map((event) => `${database}: dropped ${JSON.stringify(event)}`),
      (dropped) => noneOf(dropped.flat().length),
    ),
  );

function noneOf(count: number): boolean {
  if (count === 0) process.stderr.write('No parked event matched; "npm run hub -- events status" shows them.\n');
  return count === 0;
}

await command.parseAsync();
