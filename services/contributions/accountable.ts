import type { Context } from '../kernel/context.js';
import { grouped, inOrder, type Loader } from '../kernel/loader.js';
import { knownContributions } from './contribution.js';
import { added, type ContributionTotal, type Row, totalOf } from './contribution-total.js';
import { askEvery, demandAll, inItsStore } from './store.js';

/** The instant at which it is asked who answers for what: that of the request, else now. */
export const instantAsked = ({ knownAt }: Context): string => (knownAt ?? new Date()).toISOString();

/** The one body that answers for a contribution; null where none of several successors has been named. */
export const accountableOf: Loader<string, string> = inItsStore(
  {
    async batch(ids, context) {
      const sql = `select id, accountable_for(id, split_part(id, ':', 1), ?) as accountable from unnest(?::text[]) as id`;
      const rows = await context.rows<{ id: string; accountable: string | null }>(sql, [instantAsked(context), ids]);
      return inOrder(ids, rows, ({ id }) => id).map((row) => row?.accountable ?? null);
    },
  },
  (id) => id,
);

// The bodies whose contributions an organisation may answer for: its own, and those it took over from.
const bodies = `select wanted.id as wanted, body.id, heirs_of(body.id, ?) as heirs from unnest(?::text[]) as wanted(id)
  cross join lateral (select wanted.id union select contributor_id from succession
    where heirs @> jsonb_build_array(jsonb_build_object('organisation', wanted.id))) as body(id)`;

// What nobody of several successors has been named for stays with the old body, so that no penny is lost or doubled.
const totalsOf = (contributions: string, valid: string) => `
  select body.wanted as mission_id, state, pooling, a.currency, a.financial_year, a.control_total,
      sum(a.amount) as total, count(*)::integer as count
    from (${bodies}) as body
    join lateral (select * from ${contributions} where id > body.id || ':' and id < body.id || ';'
      and state <> 'DRAFT' and ${valid}) as c on body.wanted = case
        when body.heirs is null then body.id
        else coalesce(accountable_for(c.id, body.id, ?), body.id) end
    left join contribution_amount a on a.contribution_id = c.id and a.number = c.number
    group by 1, 2, 3, 4, 5, 6`;

/** What an organisation answers for now, added up as the totals of a mission are, over all missions. */
export const totalsByAccountable: Loader<string, ContributionTotal[]> = {
  async batch(ids, context) {
    const instant = instantAsked(context);
    const found = await askEvery(context, ({ at, valid }) =>
      at.rows<Row>(totalsOf(knownContributions(at), valid.sql), [instant, ids, ...valid.params, instant]),
    );
    demandAll(found);
    // The totals of an organisation stand where those of a mission have its id.
    return grouped(ids, added(found.answers.flat()).map(totalOf), ({ missionId }) => missionId);
  },
};
