import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Refused, refuse } from '../kernel/refusal.js';
import { ConditionStatus, type KeptCondition, type KeptGate, passes } from './condition.js';
import { Contribution } from './contribution.js';
import { lastJudgements } from './judging.js';
import { answerWith, lockFor } from './standing.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';
import { tellWebhooks } from './telling-webhooks.js';
import { variationOf } from './variation.js';
import { WebhookEvent } from './webhook.js';
import { add } from './writing.js';

@InputType({ description: 'A judgement of one condition.' })
export class JudgeConditionInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => ID, { description: 'The condition, one of its terms in force or of its agreed variation.' })
  condition: string;

  @Field(() => ConditionStatus, {
    nullable: true,
    description: 'MET or UNMET. Left out for a stage gate, of which the newest published figure says so.',
  })
  status?: ConditionStatus | null;

  @Field(() => String, { description: 'What the judgement rests on; public.' })
  evidence: string;
}

@ObjectType({ description: 'The contribution, or why this was refused.' })
export class JudgeConditionPayload extends DeedPayload {
  @Field(() => Contribution, {
    nullable: true,
    description: 'The contribution with its conditions as they stand now; null when this was refused.',
  })
  contribution: Contribution | null;
}

const { AGREED, COMMITTED, PART_DEPOSITED, SUSPENDED } = ContributionState;

@Resolver()
export class JudgeCondition {
  @Mutation(() => JudgeConditionPayload, {
    description:
      'Says whether a condition of an AGREED, COMMITTED, PART_DEPOSITED or SUSPENDED contribution is met; it can be judged again, and every judgement is kept. Of a stage gate the newest published headline figure of the period decides, and a person only has it read. Role: mission-unit. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, UNKNOWN_CONDITION, NO_FIGURE, BAD_USER_INPUT.',
  })
  async judgeCondition(
    @Arg('input', () => JudgeConditionInput, { description: 'The judgement.' }) input: JudgeConditionInput,
    @Ctx() context: Context,
  ): Promise<JudgeConditionPayload> {
    const deed = { name: 'judgeCondition', input, by: ['mission-unit'], ...byId(Contribution) } as const;
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      await judge(em, caller, input, (gate) => figureFor(context, gate));
      return answerWith(em, input.contribution);
    });
    return { contribution: noun, ...done };
  }
}

interface Judged {
  status: ConditionStatus;
  value: string | null;
  observation_id: string | null;
}

async function judge(
  em: EntityManager,
  caller: Caller,
  input: JudgeConditionInput,
  figureOf: (gate: KeptGate) => Promise<Figure | null>,
): Promise<void> {
  const { contribution: id, condition: conditionId, evidence } = input;
  const { contribution, current } = await lockFor(em, caller, id, { MISSION: 'mission-unit' });
  expectVersion(input, contribution.version);
  if (![AGREED, COMMITTED, PART_DEPOSITED, SUSPENDED].includes(contribution.state)) {
    throw new Refused([contribution.cannot()]);
  }
  const variation = contribution.state === SUSPENDED ? null : await variationOf(em, contribution);
  const all = [...current.conditions, ...(variation?.agreed ? variation.version.conditions : [])];
  const condition = all.find((each) => each.id === conditionId);
  if (!condition) return refuse('UNKNOWN_CONDITION', 'The terms have no condition with this id.', ['condition']);
  if (evidence.trim() === '') refuse('BAD_USER_INPUT', 'Say what the judgement rests on.', ['evidence']);
  const judged = await judgedBy(condition, input.status ?? null, figureOf);
  const ordinal = ((await lastJudgements(em, id)).get(conditionId)?.ordinal ?? 0) + 1;
  const { contributorId } = contribution;
  await add(em, 'condition_judgement', [
    {
      ...{
        contribution_id: id,
        contributor_id: contributorId,
        condition_id: conditionId,
        ordinal,
        evidence,
        ...judged,
      },
      ...{ by_subject: caller.subject, by_organisation: caller.organisation },
    },
  ]);
  const data = { contribution: id, condition: conditionId, status: judged.status };
  await tellWebhooks(em, WebhookEvent.CONDITION_JUDGED, [{ contributorId, about: id, data }]);
}

async function judgedBy(
  { gate }: KeptCondition,
  stated: ConditionStatus | null,
  figureOf: (gate: KeptGate) => Promise<Figure | null>,
): Promise<Judged> {
  if (!gate) {
    if (stated !== ConditionStatus.MET && stated !== ConditionStatus.UNMET)
      return refuse('BAD_USER_INPUT', 'Say whether it is MET or UNMET.', ['status']);
    return { status: stated, value: null, observation_id: null };
  }
  if (stated) refuse('BAD_USER_INPUT', 'The figure decides about a stage gate; leave the status out.', ['status']);
  const figure = await figureOf(gate);
  if (!figure) {
    const message = `There is no published number of ${gate.measure} for ${gate.period} yet.`;
    return refuse('NO_FIGURE', message, ['condition']);
  }
  const status = passes(figure.value, gate) ? ConditionStatus.MET : ConditionStatus.UNMET;
  return { status, value: figure.value, observation_id: figure.observation_id };
}

interface Figure {
  observation_id: string;
  value: string;
}

/** The newest figure that is published; null where it is no number, for a gap neither passes nor fails a gate. */
async function figureFor(context: Context, { measure, period }: KeptGate): Promise<Figure | null> {
  const [newest] = await context.rows<{ observation_id: string; value: string | null }>(
    `select observation_id, value from measure_figure where measure_id = ? and period = ?
      order by released_at desc, recorded_at desc limit 1`,
    [measure, period],
  );
  return newest?.value ? { observation_id: newest.observation_id, value: newest.value } : null;
}
