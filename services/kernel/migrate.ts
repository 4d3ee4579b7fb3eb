import { Migrator, Migration as Step } from '@mikro-orm/migrations';
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { runMigrations as runQueueMigrations } from 'graphile-worker';
import { configuration, migrationsOf } from './database.js';
import { sentEventPrivileges } from './events-tables.js';
import type { Service } from './service.js';

/** Brings the database up to date as its owner and grants the service's role exactly what the service lists. */
export async function migrate(service: Service, ownerUrl: string, role: string): Promise<void> {
  const orm = await MikroORM.init({ ...configuration(service, ownerUrl), ...migrating(service) });
  try {
    await orm.getMigrator().up();
    const em = orm.em.fork();
    if (service.sendsTo) {
      await runQueueMigrations({ connectionString: ownerUrl });
      await em.execute(queueGrants(role));
    }
    for (const [table, rights] of Object.entries({ ...kernelPrivileges, ...service.privileges })) {
      await em.execute(`revoke all on ${table} from "${role}"; grant ${rights} on ${table} to "${role}"`);
    }
  } finally {
    await orm.close(true);
  }
}

const migrating = (service: Service): Options => ({
  extensions: [Migrator],
  migrations: {
    migrationsList: migrationsOf(service).map(({ name, class: Own }) => ({
      name,
      class: class extends Step {
        override up(): void {
          const own = new Own();
          own.up();
          for (const statement of own.statements) this.addSql(statement);
        }
      },
    })),
    snapshot: false,
    allOrNothing: true,
    disableForeignKeys: false,
  },
});

const kernelPrivileges = {
  ...sentEventPrivileges,
  mikro_orm_migrations: 'select',
  deed: 'select, insert, update (answer)',
  declined_deed: 'select, insert',
  received_event: 'select, insert',
};

// The queue's tables have row-level security without policies: only their owner sees them. Our role owns nothing.
const queueGrants = (role: string) => `
  do $$ declare queue_table record; begin
    for queue_table in select tablename from pg_tables where schemaname = 'graphile_worker' loop
      execute format('drop policy if exists service on graphile_worker.%I', queue_table.tablename);
      execute format('create policy service on graphile_worker.%I to %I using (true) with check (true)', queue_table.tablename, '${role}');
    end loop; end $$;
  grant usage on schema graphile_worker to "${role}";
  grant select, insert, update, delete on all tables in schema graphile_worker to "${role}";
  grant usage on all sequences in schema graphile_worker to "${role}"`;
