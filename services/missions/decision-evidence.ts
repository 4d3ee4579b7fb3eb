import type { EntityManager } from '@mikro-orm/postgresql';
import { Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { refuse } from '../kernel/refusal.js';
import { Decision } from './decision.js';
import { isObservationId, Observation } from './observation.js';

const mostEvidence = 50;

@ObjectType({ description: 'A figure a decision was taken on, in one exact vintage. Never changed.' })
export class DecisionEvidence {
  @Field(() => ID, { description: 'Id of that vintage, as it was pinned.' })
  observationId: string;

  @Field(() => Observation, {
    nullable: true,
    description:
      'The figure as it was pinned; its `newest` is what is known of it now. Null when outcomes knows no public figure by this id.',
  })
  get observation(): Observation {
    return Object.assign(new Observation(), { id: this.observationId });
  }
}

interface Row {
  decision_id: string;
  observation_id: string;
}

const evidenceOf: Loader<string, DecisionEvidence[]> = {
  async batch(decisions, context) {
    const sql = 'select decision_id, observation_id from decision_evidence where decision_id = any(?) order by place';
    const rows = await context.rows<Row>(sql, [decisions]);
    return grouped(decisions, rows, ({ decision_id }) => decision_id).map((some) =>
      some.map(({ observation_id }) => evidenceFor(observation_id)),
    );
  },
};

const evidenceFor = (observationId: string): DecisionEvidence =>
  Object.assign(new DecisionEvidence(), { observationId });

/** Pins figures to a decision that is about to be settled, in the order given. Refuses with BAD_USER_INPUT. */
export async function pinEvidence(em: EntityManager, decision: Decision, observations: string[]): Promise<void> {
  if (observations.length > mostEvidence)
    refuse('BAD_USER_INPUT', `Name at most ${mostEvidence} figures as evidence.`, ['evidence']);
  if (new Set(observations).size < observations.length)
    refuse('BAD_USER_INPUT', 'Name each figure once as evidence.', ['evidence']);
  const wrong = observations.findIndex((id) => !isObservationId(id));
  if (wrong >= 0)
    refuse('BAD_USER_INPUT', 'Evidence is named by the id of an observation, which names one vintage of it.', [
      'evidence',
      String(wrong),
    ]);
  await query(
    em,
    `insert into decision_evidence (decision_id, place, observation_id)
     select ?, place, id from unnest(?::text[]) with ordinality as pinned(id, place)`,
    [decision.id, observations],
  );
  decision.pinned = observations;
}

@Resolver(() => Decision)
export class DecisionEvidenceResolver {
  @FieldResolver(() => [DecisionEvidence], {
    description:
      'The figures it was taken on, each in one exact vintage, as whoever decided named them; empty until decided and where none was named.',
  })
  async evidence(@Root() decision: Decision, @Ctx() context: Context): Promise<DecisionEvidence[]> {
    if (decision.decidedAt === null) return [];
    if (decision.pinned) return decision.pinned.map(evidenceFor);
    return (await context.load(evidenceOf, decision.id)) ?? [];
  }
}
