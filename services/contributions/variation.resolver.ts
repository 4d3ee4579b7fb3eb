import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { isInside, roundsOf, versions } from './belongings.js';
import { Contribution } from './contribution.js';
import { ContributionVariation, isOpen } from './variation.js';

@Resolver(() => Contribution)
export class ContributionVariations {
  @FieldResolver(() => ContributionVariation, {
    nullable: true,
    description:
      'Other terms that are offered or agreed and not binding yet; null when there are none, and for all but the two sides and auditors.',
  })
  async variation(@Root() { id, contributorId, number, state }: Contribution, @Ctx() context: Context) {
    if (state === 'NEGOTIATING' || !(await isInside(context, contributorId))) return null;
    const last = (await context.load(roundsOf, id))?.at(-1);
    if (!last || !isOpen(last, number)) return null;
    const version = await context.load(versions, { contributionId: id, number: last.number });
    if (!version) return null;
    const agreed = last.answer === 'ACCEPT';
    return Object.assign(new ContributionVariation(), { version, side: last.side, agreed });
  }
}
