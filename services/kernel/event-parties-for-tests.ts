import { Query, Resolver } from 'type-graphql';
import { z } from 'zod';
import { query } from './database.js';
import { Migration } from './migration.js';
import type { Service } from './service.js';

// Two services that do nothing but send events to each other, with what came of them in a table.

@Resolver()
class Alive {
  @Query(() => Boolean, { description: 'True.' })
  isAlive(): boolean {
    return true;
  }
}

class Effects extends Migration {
  override up(): void {
    // Nothing here makes an effect happen once: only the inbox does.
    this.addSql(
      `create table effect (number bigint generated always as identity primary key, subject text, place integer)`,
    );
    this.addSql(`create table mended (at timestamptz not null default clock_timestamp())`);
  }
}

const content = z.object({
  effects: z.array(z.object({ subject: z.string(), place: z.number() })),
  /** MALFORMED is refused for good, FAILING fails each time; both until somebody has mended the receiver. */
  poison: z.enum(['MALFORMED', 'FAILING']).optional(),
});
const sound = content.extend({ poison: z.undefined() });

const parties: Pick<Service, 'resolvers' | 'types' | 'tables' | 'references'> = {
  ...{ resolvers: [Alive], types: [], tables: [], references: {} },
};

export const sender: Service = {
  ...parties,
  ...{ name: 'budgets', migrations: [], privileges: {}, sendsTo: ['contributions'] },
};

export const receiver: Service = {
  ...parties,
  name: 'contributions',
  migrations: [{ name: '0001-effects', class: Effects }],
  privileges: { effect: 'select, insert', mended: 'select' },
  receives: {
    'budgets.happened': async (em, event: unknown) => {
      const { effects, poison } = content.parse(event);
      const rows = effects.map(({ subject, place }) => ({ subject, place }));
      await query(
        em,
        `insert into effect (subject, place) select subject, place from json_populate_recordset(null::effect, ?::json)`,
        [JSON.stringify(rows)],
      );
      if (!poison || (await query(em, 'select 1 from mended')).length > 0) return;
      if (poison === 'MALFORMED') sound.parse(event);
      throw new Error('the receiver has a mistake');
    },
  },
};
