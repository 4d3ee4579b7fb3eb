import { Ctx, Directive, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { closingOf, GapClosing, sharesOf } from './gap-closing.js';
import { Target } from './target.js';

@Resolver(() => Target)
export class TargetResolver {
  @Directive('@requires(fields: "unit periodEnd missions { id } cumulative { periodsWanted gap }")')
  @FieldResolver(() => GapClosing, {
    nullable: true,
    description:
      'Whether shares of the outcome that are contributed to its missions close the gap of a CUMULATIVE_CAP; null for the other kinds, and with the error STORE_UNAVAILABLE, which names whose, while a store does not answer.',
  })
  async closing(
    @Root() { unit, periodEnd, missions, cumulative }: Target,
    @Ctx() context: Context,
  ): Promise<GapClosing | null> {
    if (!cumulative || !unit || !periodEnd) return null;
    const shares = await Promise.all((missions ?? []).map(({ id }) => context.load(sharesOf, id)));
    const cap = { unit, until: periodEnd.slice(0, 4) };
    return closingOf(
      cumulative.gap,
      cap,
      shares.flatMap((each) => each ?? []),
    );
  }
}
