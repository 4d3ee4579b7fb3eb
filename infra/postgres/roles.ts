import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { type Client, escapeIdentifier, escapeLiteral } from 'pg';

/** Attributes that would lift a role above row-level security or the walls between services. */
const forbidden = {
  rolsuper: 'nosuperuser',
  rolbypassrls: 'nobypassrls',
  rolcreatedb: 'nocreatedb',
  rolcreaterole: 'nocreaterole',
  rolreplication: 'noreplication',
} as const;

/** Makes the login role or resets it: its password, its time zone and none of the attributes above. */
export async function ensureRole(admin: Client, role: string, password: string): Promise<void> {
  const name = escapeIdentifier(role);
  const login = `login password ${escapeLiteral(scramVerifier(role, password))}`;
  const found = await admin.query<Record<keyof typeof forbidden, boolean>>(
    `select ${Object.keys(forbidden).join(', ')} from pg_roles where rolname = $1`,
    [role],
  );
  const attributes = found.rows[0];
  if (attributes === undefined) {
    await admin.query(`create role ${name} ${login}`);
  } else {
    // Only what differs is named: an administrator who is no superuser may not even mention some of these.
    const taken = Object.entries(forbidden).filter(([column]) => attributes[column as keyof typeof forbidden]);
    await admin.query(`alter role ${name} ${login} ${taken.map(([, keyword]) => keyword).join(' ')}`);
  }
  // A cast of now() to a date must give the same day on every server.
  await admin.query(`alter role ${name} set timezone to 'UTC'`);
}

/** An administrator who is no superuser (as on managed servers) acts on the roles' things as their member. */
export async function letAdminActFor(admin: Client, roles: string[]): Promise<void> {
  const answer = await admin.query<{ superuser: boolean }>(
    'select rolsuper as superuser from pg_roles where rolname = current_user',
  );
  if (answer.rows[0]?.superuser) return;
  for (const role of roles) await admin.query(`grant ${escapeIdentifier(role)} to current_user`);
}

/**
 * What PostgreSQL stores in place of a password (RFC 5803). Sent instead of the password itself, which servers
 * write to their logs. The salt follows from role and password so that repeating changes nothing.
 */
function scramVerifier(role: string, password: string): string {
  const iterations = 4096;
  const salt = createHmac('sha256', password).update(`salt ${role}`).digest().subarray(0, 16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const key = (label: string) => createHmac('sha256', salted).update(label).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}
