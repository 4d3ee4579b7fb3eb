import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { type AskedBy, type Asking, asking, departmentCommand, ended, exitCodes } from '../caller.js';
import { HubFault } from '../gateway.js';
import { startedIn } from '../settings.js';
import { negotiationLines, readNegotiation, type Standing } from './negotiation.js';

const guide = `
Without an option it shows the terms and the rounds. The terms of --propose are JSON as the hub takes them, given whole:

  { "amounts": [{ "financialYear": "2026-27", "controlTotal": "CDEL", "amount": { "amount": "1000.00", "currency": "GBP" } }] }

What is accepted is the version whose hash you read here: give its first 8 signs at least.

  $ npm run hub -- negotiate department-for-education:0199... --propose terms.json --message "In two years."
  $ npm run hub -- negotiate department-for-education:0199... --accept --hash 3fa85c21 --instrument MOU --signatory ...
  $ npm run hub -- negotiate department-for-education:0199... --decline --reason "No cover this year."

--decline by the contributor withdraws the contribution.

${exitCodes}
`;

export interface NegotiateChoices {
  propose?: string;
  message?: string;
  question?: string[];
  accept?: boolean;
  hash?: string;
  instrument?: string;
  signatory?: string[];
  reference?: string;
  decline?: boolean;
  reason?: string;
}

export function negotiateCommand(): Command {
  return departmentCommand('negotiate')
    .description('Shows the negotiation of a contribution, and answers the other side.')
    .argument('<contribution>', 'its id')
    .addOption(new Option('--propose <terms.json>', 'offer these terms').conflicts(['accept', 'decline']))
    .option('--message <text>', 'what you say to the other side')
    .option('--question <text...>', 'what you want answered')
    .addOption(new Option('--accept', 'accept the last terms of the other side').conflicts('decline'))
    .option('--hash <hash>', 'the hash of the version you accept')
    .option('--instrument <form>', 'the form of the agreement, such as MOU')
    .option('--signatory <id...>', 'the organisations that sign, two at least')
    .option('--reference <text>', 'the reference of the signed document')
    .option('--decline', 'walk away')
    .option('--reason <text>', 'why; public')
    .addHelpText('after', guide)
    .action((id: string, said: NegotiateChoices & AskedBy) =>
      ended(async () => {
        const { standing, refusal } = await negotiate(await asking(said), id, said);
        if (refusal) process.stderr.write(`${refusal}\n`);
        process.stdout.write(`${said.json ? JSON.stringify(standing) : negotiationLines(standing).join('\n')}\n`);
        return refusal ? 1 : 0;
      }),
    );
}

/** Answers the other side, if that is said; then how it stands, and the refusal where there was one. */
export async function negotiate(
  by: Asking,
  id: string,
  said: NegotiateChoices,
): Promise<{ standing: Standing; refusal: string | null }> {
  const deed = deedOf(said);
  const before = await readNegotiation(by.hub, id);
  if (!deed) return { standing: before, refusal: null };
  const refusal = await answer(by, before, deed);
  return { standing: refusal ? before : await readNegotiation(by.hub, id), refusal };
}

interface Deed {
  name: string;
  input: Record<string, unknown>;
  /** Beginning of the hash of what is accepted. */
  hash?: string;
}

function deedOf(said: NegotiateChoices): Deed | null {
  const { message, reason } = said;
  if (said.propose) {
    const terms = termsIn(startedIn(said.propose));
    return { name: 'proposeTerms', input: { terms, message, openQuestions: said.question ?? [] } };
  }
  if (said.accept) {
    const { hash = '', instrument, signatory: signatories, reference } = said;
    if (!/^[0-9a-f]{8,64}$/.test(hash))
      throw new HubFault('Say with --hash which version you accept: 8 signs of it at least.');
    if (!instrument || !signatories) throw new HubFault('Give the agreement: --instrument and each --signatory.');
    return {
      name: 'acceptTerms',
      input: { message, instrument: instrument.toUpperCase(), signatories, reference },
      hash,
    };
  }
  if (!said.decline) return null;
  if (!reason?.trim()) throw new HubFault('Say why, with --reason.');
  return { name: 'declineContribution', input: { reason } };
}

function termsIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (fault) {
    if (!(fault instanceof SyntaxError)) throw fault;
    throw new HubFault(`${basename(file)} is not JSON: ${fault.message}.`, { cause: fault });
  }
}

/** Does a deed about what was read; answers the refusal, or null when it was done. */
async function answer({ hub, organisation }: Asking, standing: Standing, deed: Deed): Promise<string | null> {
  const { id, version: expectedVersion, contributor } = standing;
  const last = standing.versions.at(-1)!;
  if (deed.hash && !last.hash.startsWith(deed.hash))
    return `The last version is ${last.number} (${last.hash.slice(0, 12)}), not ${deed.hash}: read it and decide again.`;
  const isOwn = contributor.id === organisation;
  const name = deed.name === 'declineContribution' && isOwn ? 'withdrawContribution' : deed.name;
  const said = { ...deed.input, ...(deed.hash ? { versionHash: last.hash } : {}) };
  // The same answer to the same version is one answer, however often the command is run.
  const digest = createHash('sha256')
    .update(JSON.stringify([name, id, expectedVersion, said]))
    .digest('base64url');
  const input = { contribution: id, expectedVersion, idempotencyKey: `negotiate-${digest}`, ...said };
  const inputType = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation Negotiate($input: ${inputType}!) { ${name}(input: $input) { userErrors { message path } } }`;
  const answered = await hub.ask<Record<string, { userErrors: { message: string; path: string[] }[] }>>({
    document,
    variables: { input },
  });
  const [refusal] = answered[name]!.userErrors;
  return refusal ? `${refusal.message}${refusal.path.length > 0 ? ` (${refusal.path.join('.')})` : ''}` : null;
}
