import { ObjectType } from 'type-graphql';
import { connectionOf, nounPagesByParent } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { grouped, inOrder, type Loader } from '../kernel/loader.js';
import { Briefing, BriefingAnswer, BriefingQuestion, BriefingStep, DecisionAccount, isPublished } from './briefing.js';
import { known } from './released.js';

@ObjectType({ description: 'A page of briefings.' })
export class BriefingConnection extends connectionOf(Briefing) {}

@ObjectType({ description: 'A page of questions, in the order they were put.' })
export class BriefingQuestionConnection extends connectionOf(BriefingQuestion) {}

/** The state of a briefing as known at the request's instant, as SQL. */
export const stateOf = (context: Context): string => `(select state from briefing_step step
  where step.briefing_id = briefing.id and ${known(context, 'step')} order by number desc limit 1)`;

export const newestFirst = { orderBy: ['held_at', 'id'], descending: true };

export const briefingsById: Loader<string, Briefing> = {
  async batch(ids, context) {
    const sql = `select * from briefing where id = any(?) and ${known(context, 'briefing')}`;
    return inOrder(ids, await context.nouns(Briefing, sql, [ids]), ({ id }) => id);
  },
};

export const briefingsOfMission = nounPagesByParent(Briefing, (context) => ({
  sql: `select * from briefing where mission_id = parent.id and ${known(context, 'briefing')}`,
  ...newestFirst,
}));

/** One briefing of each mission, chosen by SQL. */
const oneOfMission = (where: (context: Context) => string, order: string): Loader<string, Briefing> => ({
  async batch(missions, context) {
    const sql = `select distinct on (mission_id) * from briefing where mission_id = any(?)
      and ${known(context, 'briefing')} and ${where(context)} order by mission_id, ${order}`;
    return inOrder(missions, await context.nouns(Briefing, sql, [missions]), ({ missionId }) => missionId);
  },
});
export const lastPublished = oneOfMission(
  (context) => `${stateOf(context)} in ('PUBLISHED', 'QUESTIONS_CLOSED')`,
  'held_at desc, id desc',
);
export const nextToBeHeld = oneOfMission(
  (context) => `${stateOf(context)} in ('SCHEDULED', 'EVIDENCE_LOCKED')`,
  'held_at, id',
);

export const stepsOf: Loader<string, BriefingStep[]> = {
  async batch(briefings, context) {
    const sql = `select * from briefing_step where briefing_id = any(?) and ${known(context, 'briefing_step')} order by number`;
    return grouped(briefings, await context.nouns(BriefingStep, sql, [briefings]), ({ briefingId }) => briefingId);
  },
};

/** Whether evidence and text of a briefing may be shown to who asks; row-level security says the same. */
export const mayRead = (context: Context, steps: readonly BriefingStep[]): boolean =>
  isPublished(steps) || Boolean(context.caller?.roles.has('mission-unit') || context.caller?.roles.has('auditor'));

// Accounts are written with the publication, so they are known from then on.
const knownAccounts = (context: Context) => `select account.* from decision_account account
  join briefing_step step on step.briefing_id = account.briefing_id and step.state = 'PUBLISHED' and ${known(context, 'step')}`;

export const accountsIn: Loader<string, DecisionAccount[]> = {
  async batch(briefings, context) {
    const sql = `${knownAccounts(context)} where account.briefing_id = any(?) order by place`;
    return grouped(briefings, await context.nouns(DecisionAccount, sql, [briefings]), ({ briefingId }) => briefingId);
  },
};

export const accountsOf: Loader<string, DecisionAccount[]> = {
  async batch(decisions, context) {
    const sql = `${knownAccounts(context)} where decision_id = any(?) order by step.released_at, account.briefing_id`;
    return grouped(decisions, await context.nouns(DecisionAccount, sql, [decisions]), ({ decisionId }) => decisionId);
  },
};

export const questionsOfBriefing = nounPagesByParent(BriefingQuestion, (context) => ({
  sql: `select * from briefing_question where briefing_id = parent.id and ${known(context, 'briefing_question')}`,
  orderBy: ['id'],
}));

export const openQuestionsOfMission = nounPagesByParent(BriefingQuestion, (context) => ({
  sql: `select question.* from briefing join briefing_question question on question.briefing_id = briefing.id
    where briefing.mission_id = parent.id and ${known(context, 'question')} and not exists (select from briefing_answer answer
      where answer.question_id = question.id and ${known(context, 'answer')})`,
  orderBy: ['id'],
}));

export const answersTo: Loader<string, BriefingAnswer> = {
  async batch(questions, context) {
    const sql = `select * from briefing_answer where question_id = any(?) and ${known(context, 'briefing_answer')}`;
    return inOrder(questions, await context.nouns(BriefingAnswer, sql, [questions]), ({ questionId }) => questionId);
  },
};
