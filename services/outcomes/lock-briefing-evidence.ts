import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { byId, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Briefing, BriefingState } from './briefing.js';
import { BriefingChangeInput, BriefingPayload, briefingToChange, takeStep } from './briefing-to-change.js';
import { evidenceNow, insertEvidence } from './evidence-now.js';

@InputType({ description: 'Which briefing’s evidence is to be pinned; expectedVersion is its version.' })
export class LockBriefingEvidenceInput extends BriefingChangeInput {}

@ObjectType({ description: 'The briefing, EVIDENCE_LOCKED, or why it was declined.' })
export class LockBriefingEvidencePayload extends BriefingPayload {}

@Resolver()
export class LockBriefingEvidence {
  @Mutation(() => LockBriefingEvidencePayload, {
    description:
      'Pins the evidence of a briefing as it is known to everybody now: of each measure the vintage of the newest figure, the revisions of its targets, the versions of its trajectories and of its definition, and the verdict with its rule. Shown to the mission unit and auditors only, until the briefing is published. Role: mission-unit. Refusals: BAD_USER_INPUT, UNKNOWN_BRIEFING, STALE_VERSION, ILLEGAL_TRANSITION, NOTHING_TO_LOCK.',
  })
  async lockBriefingEvidence(
    @Arg('input', () => LockBriefingEvidenceInput, { description: 'Which.' }) input: LockBriefingEvidenceInput,
    @Ctx() context: Context,
  ): Promise<LockBriefingEvidencePayload> {
    const deed = { name: 'lockBriefingEvidence', input, by: ['mission-unit'], ...byId(Briefing) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      if (context.knownAt)
        refuse('BAD_USER_INPUT', 'Evidence is pinned as it is known now; leave out the header As-Known-At.');
      const [briefing, steps] = await briefingToChange(em, input, BriefingState.EVIDENCE_LOCKED);
      const measures = await measuresOf(em, briefing);
      if (measures.length === 0)
        refuse('NOTHING_TO_LOCK', 'There is no measure of what it looks at; define one first.', ['briefing']);
      await holdStill(em, measures);
      // Read by the code that answers the public, in a database transaction of its own: this one began before the wait for
      // those who publish, and by its clock a release that came meanwhile would not be public. Where connections are
      // scarce the second one is waited for a second at most, and the deed is refused as UNAVAILABLE.
      const evidence = await Promise.all(measures.map((measure) => evidenceNow(context, measure)));
      const pinned = evidence.filter((each) => each !== null);
      await insertEvidence(em, briefing.id, pinned);
      return takeStep(em, briefing, steps, { evidence: pinned });
    });
    return { briefing: noun, ...done };
  }
}

/** What it looks at, in the order of ids: all of its mission where it names nothing. */
async function measuresOf(em: EntityManager, { missionId, outcomeIds, measureIds }: Briefing): Promise<string[]> {
  const isNamed = outcomeIds.length + measureIds.length > 0;
  const found = await query<{ id: string }>(
    em,
    `select measure.id from measure join outcome on outcome.id = measure.outcome_id
     where measure.id = any(?) or ${isNamed ? 'outcome.id = any(?)' : 'outcome.mission_ids @> array[?]'} order by measure.id`,
    [measureIds, isNamed ? outcomeIds : missionId],
  );
  return found.map(({ id }) => id);
}

/** Nobody adds to any chain of these measures until the deed has ended, so that figures and verdicts fit each other. */
const holdStill = (em: EntityManager, measures: string[]) =>
  query(em, `select pg_advisory_xact_lock(hashtextextended('measure ' || id, 0)) from unnest(?::text[]) as id`, [
    measures,
  ]);
