import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { coverageOf, Lever, LeverCoverage } from './lever.js';

@Resolver(() => Lever)
export class LeverResolver {
  @FieldResolver(() => LeverCoverage, {
    nullable: true,
    description:
      'Whether contributions cover it, and how firmly; null with the error STORE_UNAVAILABLE while a store does not answer.',
  })
  coverage(@Root() { id }: Lever, @Ctx() context: Context) {
    return context.load(coverageOf, id);
  }
}
