import type { TargetRow } from './read-targets.js';
import { type DeedAnswer, deed, keyFor, type Work } from './write-batches.js';
import { performanceMeasure } from './write-nhs-ae.js';
import { indicatorIn, sdgMeasure } from './write-ons-sdg.js';
import { missionUnit } from './write-organisations.js';
import { developmentMeasure } from './write-smc-development.js';

interface TargetAnswer extends DeedAnswer {
  target: { id: string; revision: number } | null;
}

interface Standing {
  id: string;
  revision: number;
}

const stage = 'targets';
const read = 'query Targets($id: ID!) { measure(id: $id) { id targets { id revision } } }';

/**
 * What a reader must know of every cap on this series: the carbon budgets are kept by another account. Source: Climate
 * Change Act 2008, section 27 (the net UK carbon account).
 */
const notTheLegalAccount =
  'The carbon budgets bind the net UK carbon account of the Climate Change Act 2008, not this series of territorial emissions.';

/** Sets targets on measures that were imported; others are refused with what to do. */
export async function writeTargets(work: Work, rows: readonly TargetRow[]): Promise<void> {
  work.progress.begin(stage, rows.length);
  const standing = new Map<string, Standing[] | null>();
  for (const row of rows) {
    const measure = measureFor(row.indicatorFile);
    if (measure && !standing.has(measure)) standing.set(measure, await targetsOf(work, measure));
    const known = measure ? standing.get(measure) : null;
    if (measure && known) await setTarget(work, row, measure, known);
    else {
      const reason = 'The hub has no measure for this file: import its indicator first.';
      work.report.refuse(stage, { row: row.line, column: 'indicator_file', reason, value: row.indicatorFile });
    }
    work.progress.advance(1);
  }
  work.progress.end();
}

function measureFor(file: string): string | null {
  const indicator = indicatorIn(file);
  if (indicator) return sdgMeasure(indicator);
  if (/good_level_of_development/.test(file)) return developmentMeasure;
  return /ae_attendances/.test(file) ? performanceMeasure : null;
}

async function targetsOf({ hub }: Work, id: string): Promise<Standing[] | null> {
  const question = { service: 'outcomes', client: missionUnit, document: read, variables: { id } } as const;
  return (await hub.ask<{ measure: { targets: Standing[] } | null }>(question)).measure?.targets ?? null;
}

async function setTarget(work: Work, row: TargetRow, measure: string, known: Standing[]): Promise<void> {
  const { kind, from, to, value, setBy, source, verifiedText } = row;
  const years = [from, to].flatMap((day) => (day ? [day.slice(0, 4)] : []));
  const id = [measure, kind.toLowerCase().replaceAll('_', '-'), ...years].join('-');
  const isCap = kind === 'CUMULATIVE_CAP' && measure === sdgMeasure('13-2-2');
  const content = {
    ...{ id, measure, kind, value, periodStart: from, periodEnd: to, setBy, sourceUrl: source, verified: verifiedText },
    ...(isCap && { note: notTheLegalAccount }),
  };
  const input = { ...content, dryRun: work.dryRun, idempotencyKey: keyFor('setTarget', content) };
  const what = {
    service: 'outcomes',
    deed: 'setTarget',
    client: missionUnit,
    selection: 'target { id revision }',
  } as const;
  const { target, userErrors, replayed } = await deed<TargetAnswer>(work.hub, what, input);
  const [fault] = userErrors;
  if (fault) {
    const reason = `${fault.message} (${fault.code})`;
    work.report.refuse(stage, { row: row.line, column: null, reason, value: setBy });
    return;
  }
  const before = known.find((each) => each.id === id)?.revision ?? 0;
  const isSame = replayed || target?.revision === before;
  work.report.stage(stage).count(isSame ? 'UNCHANGED' : before === 0 ? 'NEW' : 'CHANGED');
}
