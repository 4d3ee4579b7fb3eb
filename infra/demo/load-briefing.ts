import { type Hub, missionUnit } from './hub.js';
import type { Ids } from './load-mission.js';
import type { BriefingContent } from './shape.js';

export interface Known {
  mission: string;
  decisions: Ids;
  contributions: Ids;
}

/** What contributions are claimed to do, and a briefing from its announcement to the questions about it. */
export async function brief(hub: Hub, content: BriefingContent, known: Known): Promise<void> {
  const { key, heldAt, decisionMaker, experts, summary, accounts, questions, claims } = content;
  await Promise.all(claims.map((each) => claim(hub, each, known)));
  const announced = { mission: known.mission, heldAt, decisionMaker, experts, illustrative: true };
  const scheduled = await hub.does(missionUnit, 'scheduleBriefing', `briefing/${key}`, announced);
  const briefing: string = scheduled.briefing.id;
  await hub.does(missionUnit, 'lockBriefingEvidence', `lock/${key}`, { briefing });
  await hub.does(missionUnit, 'holdBriefing', `hold/${key}`, { briefing });
  const decisions = accounts.map(({ decision, account }) => ({ decision: known.decisions.get(decision), account }));
  await hub.does(missionUnit, 'publishBriefing', `publish/${key}`, { briefing, summary, decisions });
  for (const { key: asked, by, askedFor, text, answer } of questions) {
    const { question } = await hub.does(by, 'askQuestion', `ask/${asked}`, { briefing, text, askedFor });
    if (answer)
      await hub.does(missionUnit, 'answerQuestion', `answer/${asked}`, { question: question.id, text: answer });
  }
}

async function claim(
  hub: Hub,
  { contribution, outcome, mechanism, contested }: BriefingContent['claims'][number],
  { contributions }: Known,
): Promise<void> {
  const key = `${contribution}/${outcome}`;
  const input = { outcome, contribution: contributions.get(contribution), mechanism, strength: 'LEVEL_1' };
  const made = await hub.does(missionUnit, 'claimContribution', `claim/${key}`, { ...input, illustrative: true });
  if (!contested) return;
  const { by, reason } = contested;
  await hub.does(by, 'contestClaim', `contest/${key}`, { claim: made.claim.id, reason });
}
