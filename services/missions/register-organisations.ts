import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver, registerEnumType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { asJson, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import { Organisation, OrganisationIdentifier, OrganisationKind } from './organisation.js';
import { tellSuccessions } from './tell-successions.js';

const mostRows = 500;

export enum RowVerdict {
  NEW = 'NEW',
  CHANGED = 'CHANGED',
  UNCHANGED = 'UNCHANGED',
  REFUSED = 'REFUSED',
}
registerEnumType(RowVerdict, {
  name: 'OrganisationVerdict',
  description: 'What became of one row of the register.',
  valuesConfig: {
    NEW: { description: 'It was not in the register before.' },
    CHANGED: { description: 'It was, and differs now; the earlier state is kept.' },
    UNCHANGED: { description: 'It was there just so.' },
    REFUSED: { description: 'It was not taken; the reason stands beside it.' },
  },
});

@InputType({ description: 'One organisation for the register.' })
export class OrganisationInput {
  @Field(() => ID, { description: 'Its readable id: lower-case words joined by hyphens, at most 120 characters.' })
  id: string;

  @Field(() => String, { description: 'Its name, as it calls itself.' })
  name: string;

  @Field(() => OrganisationKind, { description: 'What kind of body it is.' })
  kind: OrganisationKind;

  @Field(() => [OrganisationIdentifier], {
    defaultValue: [],
    description: 'Codes of the same body in other registers.',
  })
  identifiers: OrganisationIdentifier[];

  @Field(() => Day, { nullable: true, description: 'First day it existed, where known.' })
  validFrom?: string | null;

  @Field(() => Day, { nullable: true, description: 'Last day it existed; left out while it exists.' })
  validTo?: string | null;

  @Field(() => [ID], { defaultValue: [], description: 'Ids of the bodies that took over from it.' })
  successors: string[];
}

@ObjectType({ description: 'What became of one row.' })
export class OrganisationRow {
  @Field(() => Int, { description: 'Place in the input, from 0.' })
  row: number;

  @Field(() => ID, { description: 'The id in the input.' })
  id: string;

  @Field(() => RowVerdict, { description: 'What became of it.' })
  verdict: RowVerdict;

  @Field(() => String, { nullable: true, description: 'Why it was refused; null otherwise.' })
  reason: string | null;
}

@InputType({ description: 'Organisations for the register, 1 to 500.' })
export class RegisterOrganisationsInput extends DeedInput {
  @Field(() => [OrganisationInput], { description: 'The organisations.' })
  organisations: OrganisationInput[];
}

@ObjectType({ description: 'What became of each row, or why all were declined.' })
export class RegisterOrganisationsPayload extends DeedPayload {
  @Field(() => [OrganisationRow], {
    nullable: true,
    description: 'A verdict for each row, in the order of the input; null when declined.',
  })
  rows: OrganisationRow[] | null;
}

@Resolver()
export class RegisterOrganisations {
  @Mutation(() => RegisterOrganisationsPayload, {
    description:
      'Adds organisations to the register or brings them up to date; nothing is deleted. Role: mission-unit. Refusals: BAD_USER_INPUT.',
  })
  async registerOrganisations(
    @Arg('input', () => RegisterOrganisationsInput, { description: 'The organisations.' })
    input: RegisterOrganisationsInput,
    @Ctx() context: Context,
  ): Promise<RegisterOrganisationsPayload> {
    const deed = {
      name: 'registerOrganisations',
      input,
      by: ['mission-unit'],
      ...asJson<OrganisationRow[]>(),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const { organisations } = input;
      if (organisations.length < 1 || organisations.length > mostRows) {
        refuse('BAD_USER_INPUT', `There are ${organisations.length} rows; send 1 to ${mostRows} at a time.`, [
          'organisations',
        ]);
      }
      return register(em, organisations);
    });
    return { rows: noun, ...done };
  }
}

async function register(em: EntityManager, rows: OrganisationInput[]): Promise<OrganisationRow[]> {
  const found = await em.find(Organisation, { id: { $in: rows.map(({ id }) => id) } });
  const known = new Map(found.map((organisation) => [organisation.id, organisation]));
  const seen = new Set<string>();
  const succeeded: string[] = [];
  const verdicts = rows.map((row, place) => {
    const reason = seen.has(row.id) ? 'The same id stands in an earlier row.' : faultOf(row);
    seen.add(row.id);
    if (reason) return { row: place, id: row.id, verdict: RowVerdict.REFUSED, reason };
    const content = contentOf(row);
    const before = known.get(row.id);
    if (isSuccession(content, before)) succeeded.push(row.id);
    if (!before) em.create(Organisation, { id: row.id, ...content });
    else if (sameContent(before, content))
      return { row: place, id: row.id, verdict: RowVerdict.UNCHANGED, reason: null };
    else em.assign(before, content);
    return { row: place, id: row.id, verdict: before ? RowVerdict.CHANGED : RowVerdict.NEW, reason: null };
  });
  await em.flush();
  await tellSuccessions(em, succeeded);
  return verdicts;
}

/** Whether a row says anything new about who took over from it, and when. */
function isSuccession(
  { successorIds, validTo }: Pick<Organisation, 'successorIds' | 'validTo'>,
  before?: Pick<Organisation, 'successorIds' | 'validTo'>,
): boolean {
  const was = before ?? { successorIds: [], validTo: null };
  if (successorIds.length === 0 && was.successorIds.length === 0) return false;
  return JSON.stringify([successorIds, validTo]) !== JSON.stringify([was.successorIds, was.validTo]);
}

function faultOf({ id, name, validFrom, validTo }: OrganisationInput): string | null {
  if (!isSlug(id)) return 'The id is lower-case words joined by hyphens, at most 120 characters.';
  if (name.trim() === '') return 'The name is missing.';
  if (validFrom && validTo && validTo < validFrom) return 'It ends before it begins.';
  return null;
}

const contentOf = (row: OrganisationInput) => ({
  name: row.name,
  kind: row.kind,
  identifiers: row.identifiers.map(({ scheme, code }) => ({ scheme, code })),
  validFrom: row.validFrom ?? null,
  validTo: row.validTo ?? null,
  successorIds: row.successors,
});

const canonical = ({ name, kind, identifiers, validFrom, validTo, successorIds }: ReturnType<typeof contentOf>) =>
  JSON.stringify([name, kind, identifiers.map(({ scheme, code }) => [scheme, code]), validFrom, validTo, successorIds]);

const sameContent = (before: Organisation, content: ReturnType<typeof contentOf>) =>
  canonical(before) === canonical(content);
