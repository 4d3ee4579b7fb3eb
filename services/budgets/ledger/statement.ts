import type { Context } from '../../kernel/context.js';
import { grouped, type Loader } from '../../kernel/loader.js';
import type { AccountKind } from './account.js';
import { BudgetStatement, type Movement } from './budget-statement.js';
import type { TransferKind } from './chart.js';
import type { ControlTotal } from './control-total.js';
import { certifiedUntil, movedUntil } from './moved.js';

/** Which part of a pool's postings a statement is of; what is null is not narrowed. */
export interface StatementCut {
  effectiveOn: string | null;
  financialYear: string | null;
  controlTotal: ControlTotal | null;
}

export interface StatementAsked {
  pool: { id: string; currency: string };
  cut: StatementCut;
}

interface StatementRow {
  pool_id: string;
  account: AccountKind | 'COMMITTED' | 'WRITTEN_OFF' | 'CERTIFIED';
  cause: TransferKind;
  control_total: ControlTotal;
  financial_year: string;
  amount: string;
}

/** Statements of many pools: one SQL statement for all that are cut alike. */
export const statements: Loader<StatementAsked, BudgetStatement> = {
  cacheKey: ({ pool, cut }) => pool.id + cutKey(cut),
  async batch(asked, context) {
    const found = new Map<StatementAsked, BudgetStatement>();
    const cuts = [...new Set(asked.map(({ cut }) => cutKey(cut)))];
    for (const alike of grouped(cuts, asked, ({ cut }) => cutKey(cut))) {
      const poolIds = alike.map(({ pool }) => pool.id);
      const rows = await read(context, poolIds, alike[0]!.cut);
      for (const [place, lines] of grouped(poolIds, rows, (row) => row.pool_id).entries()) {
        found.set(alike[place]!, statementOf(alike[place]!, lines));
      }
    }
    return asked.map((each) => found.get(each)!);
  },
};

export const cutKey = ({ effectiveOn, financialYear, controlTotal }: StatementCut) =>
  JSON.stringify([effectiveOn, financialYear, controlTotal]);

function statementOf({ pool, cut }: StatementAsked, rows: StatementRow[]): BudgetStatement {
  const movements: Movement[] = [];
  const promised = { committed: 0n, writtenOff: 0n };
  let certified = 0n;
  for (const { account, cause, control_total, financial_year, amount } of rows) {
    const minor = BigInt(amount);
    if (account === 'COMMITTED') promised.committed += minor;
    else if (account === 'WRITTEN_OFF') promised.writtenOff += minor;
    else if (account === 'CERTIFIED') certified += minor;
    else movements.push({ account, cause, controlTotal: control_total, financialYear: financial_year, minor });
  }
  const isWhole = cut.financialYear === null && cut.controlTotal === null;
  return new BudgetStatement(pool.currency, movements, isWhole ? promised : null, certified);
}

function read(context: Context, poolIds: string[], cut: StatementCut): Promise<StatementRow[]> {
  const isCut = cut.effectiveOn !== null || context.knownAt !== null;
  return isCut ? fromDays(context, poolIds, cut) : fromRunningSums(context, poolIds, cut);
}

/** As it stands now: as many rows as there are accounts, however many postings. */
function fromRunningSums(context: Context, poolIds: string[], { financialYear, controlTotal }: StatementCut) {
  return context.rows<StatementRow>(
    `select pool_id, account.kind as account, moved.kind as cause, control_total, moved.financial_year, amount::text
       from account join account_movement as moved on moved.account_id = account.id
      where pool_id = any(?::text[]) and moved.financial_year = coalesce(?, moved.financial_year)
        and control_total = coalesce(?, control_total)
     union all
     select pool_id, promised.word, null, null, null, promised.amount::text
       from expected_total cross join lateral (values ('COMMITTED', committed), ('WRITTEN_OFF', written_off))
         as promised (word, amount)
      where pool_id = any(?::text[])
     union all
     select pool_id, 'CERTIFIED', null, control_total, certified.financial_year, amount::text
       from account join account_certified as certified on certified.account_id = account.id
      where pool_id = any(?::text[]) and certified.financial_year = coalesce(?, certified.financial_year)
        and control_total = coalesce(?, control_total)`,
    [poolIds, financialYear, controlTotal, poolIds, poolIds, financialYear, controlTotal],
  );
}

/** At another day or instant: from the sums per day. */
function fromDays(context: Context, poolIds: string[], cut: StatementCut) {
  const { effectiveOn, controlTotal } = cut;
  const until = effectiveOn ?? 'infinity';
  const knownAt = context.knownAt?.toISOString() ?? 'infinity';
  const moved = movedUntil(context, poolIds, cut);
  const certified = certifiedUntil(context, poolIds, cut);
  return context.rows<StatementRow>(
    `select account.pool_id, account.kind as account, moved.kind as cause, account.control_total, moved.financial_year,
            moved.change::text as amount
       from (select account_id, kind, financial_year, sum(change) as change from ${moved.sql} as each group by 1, 2, 3) as moved
       join account on account.id = moved.account_id
      where account.control_total = coalesce(?, account.control_total)
     union all
     select pool_id, promised.word, null, null, null, sum(promised.amount)::text
       from expected_change cross join lateral (values ('COMMITTED', committed), ('WRITTEN_OFF', written_off))
         as promised (word, amount)
      where pool_id = any(?::text[]) and effective_on <= ? and recorded_at <= ?
      group by 1, 2
     union all
     select account.pool_id, 'CERTIFIED', null, account.control_total, null, certified.change::text
       from (select account_id, sum(change) as change from ${certified.sql} as each group by 1) as certified
       join account on account.id = certified.account_id
      where account.control_total = coalesce(?, account.control_total)`,
    [...moved.params, controlTotal, poolIds, until, knownAt, ...certified.params, controlTotal],
  );
}
