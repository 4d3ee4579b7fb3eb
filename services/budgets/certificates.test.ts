import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { CertifyExpenditure } from './certify-expenditure.js';
import { ControlsForTests, forbidden, refusedBy } from './controls-for-tests.js';
import { faultsIn } from './moving-money-for-tests.js';
import { gbp, PoolForTests } from './pool-for-tests.js';
import { ReportExpenditure } from './report-expenditure.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  service = await world.serviceRole('budgets');
});
afterAll(() => world?.stop());

describe('certified expenditure', () => {
  /** Expenditure of 12.00 and 8.00 out of 30.00 that are paid. */
  async function reported() {
    const pool = await new PoolForTests(world).open();
    await pool.fund('100.00');
    const allocation = await pool.allocate('60.00');
    const controls = new ControlsForTests(pool);
    await pool.pay(await pool.draw(allocation, '30.00'));
    const one = (await pool.spend(allocation, '12.00', { effectiveOn: '2025-09-01' })).transfer.id;
    const other = (await pool.spend(allocation, '8.00', { effectiveOn: '2025-10-01' })).transfer.id;
    return { pool, controls, allocation, one, other };
  }
  const spent = async (pool: PoolForTests, cut = '', known?: string) => {
    const { spent: all, spentCertified } = await pool.statement(cut, known);
    return `${spentCertified ?? '0.00'} of ${all ?? '0.00'}`;
  };

  it('is a part of what is spent, now, at a day, of a year, and as known at an instant', async () => {
    const { pool, controls, one, other } = await reported();
    expect(await spent(pool)).toBe('0.00 of 20.00');
    const [first] = (await controls.certify([one])).transfers;
    expect(first.certificate.certifiedBy).toBe('recipient-council.accounting-officer');
    const { certifiedAt } = first.certificate;
    expect(await spent(pool)).toBe('12.00 of 20.00');
    expect((await controls.certify([other])).codes).toEqual([]);
    expect(await spent(pool)).toBe('20.00 of 20.00');
    expect(await spent(pool, '(effectiveOn: "2025-09-30")')).toBe('12.00 of 12.00');
    expect(await spent(pool, '(effectiveOn: "2025-08-31")')).toBe('0.00 of 0.00');
    expect(await spent(pool, '(financialYear: "2025-26")')).toBe('20.00 of 20.00');
    expect(await spent(pool, '(financialYear: "2024-25")')).toBe('0.00 of 0.00');
    expect(await spent(pool, '(controlTotal: CDEL)')).toBe('0.00 of 0.00');
    expect(await spent(pool, '', certifiedAt)).toBe('12.00 of 20.00');
    expect(await spent(pool, '', new Date(Date.parse(certifiedAt) - 1).toISOString())).toBe('0.00 of 20.00');
    const fields = 'transfers(first: 1) { nodes { certificate { certifiedAt certifiedBy } } }';
    expect((await controls.ask(fields)).transfers.nodes[0].certificate.certifiedBy).toBeNull();
    expect((await controls.ask(fields, { asKnownAt: certifiedAt })).transfers.nodes[0].certificate).toBeNull();
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('that is reversed is not certified any more', async () => {
    const { pool, controls, one, other } = await reported();
    await controls.certify([one, other]);
    await pool.reverse(one);
    expect(await spent(pool)).toBe('8.00 of 8.00');
    expect(await spent(pool, '(effectiveOn: "2025-11-30")')).toBe('20.00 of 20.00');
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is certified once and not when reversed, all or none: ALREADY_CERTIFIED, ALREADY_REVERSED', async () => {
    const { pool, controls, one, other } = await reported();
    await controls.certify([one]);
    const { userErrors } = await controls.certify([other, one]);
    expect(userErrors).toMatchObject([{ code: 'ALREADY_CERTIFIED', path: ['transfers', '1'] }]);
    expect(await spent(pool)).toBe('12.00 of 20.00');
    await pool.reverse(other);
    expect((await controls.certify([other])).codes).toEqual(['ALREADY_REVERSED']);
  });

  it('is expenditure that is there: UNKNOWN_TRANSFER, NOT_AN_EXPENDITURE, BAD_USER_INPUT', async () => {
    const { pool, controls, one } = await reported();
    const reversal = (await pool.reverse(one)).transfer.id;
    const [deposit] = (await pool.transferIds()).slice(-1);
    expect((await controls.certify(['transfer-none', deposit!, reversal])).codes).toEqual([
      ...['UNKNOWN_TRANSFER', 'NOT_AN_EXPENDITURE', 'NOT_AN_EXPENDITURE'],
    ]);
    expect((await controls.certify([])).codes).toEqual(['BAD_USER_INPUT']);
    expect((await controls.certify(Array.from({ length: 501 }, () => one))).codes).toEqual(['BAD_USER_INPUT']);
    expect((await controls.certify([one, one])).codes).toEqual(['ALREADY_REVERSED', 'BAD_USER_INPUT']);
  });

  it('is certified by the recipient’s accounting officer, who did not report it: FORBIDDEN, SEPARATION_OF_DUTIES', async () => {
    const { pool, controls, allocation, one } = await reported();
    for (const as of ['recipient-council.publisher', `${pool.host}.accounting-officer`]) {
      expect(forbidden(await controls.certify([one], as))).toBe('FORBIDDEN');
    }
    const person = () => controls.personWith('recipient-council', 'publisher', 'accounting-officer');
    const input = { allocation, amount: gbp('1.00'), effectiveOn: '2025-09-01', reference: 'own', dryRun: false };
    const report = { ...input, idempotencyKey: randomUUID() };
    const { transfer } = await new ReportExpenditure().reportExpenditure(report, person());
    const certificate = { transfers: [transfer!.id], idempotencyKey: randomUUID(), dryRun: false };
    const { userErrors } = await new CertifyExpenditure().certifyExpenditure(certificate, person());
    expect(userErrors).toMatchObject([{ code: 'SEPARATION_OF_DUTIES' }]);
  });

  it('of 10 who certify and reverse it at once is counted once or not at all, and fails nobody', async () => {
    const { pool, controls, one } = await reported();
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => controls.certify([one])),
      pool.reverse(one),
      ...Array.from({ length: 5 }, () => controls.certify([one])),
    ]);
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    expect(answers[5].codes).toEqual([]);
    expect(await spent(pool)).toBe('0.00 of 8.00');
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is guarded by the database: only expenditure, by another person, once, for ever', async () => {
    const { pool, controls, one, other } = await reported();
    const both = async (sql: string, params: unknown[] = []) => [
      await refusedBy(service, sql, params),
      await refusedBy(owner, sql, params),
    ];
    const certify = 'insert into expenditure_certificate (transfer_id, certified_by) values ($1, $2)';
    const [deposit] = (await pool.transferIds()).slice(-1);
    expect(await both(certify, [deposit, 'x'])).toEqual(['HB012', 'HB012']);
    expect(await both(certify, [one, 'recipient-council.publisher'])).toEqual(['HB012', 'HB012']);
    await controls.certify([one]);
    const once = 'expenditure_certificate_pkey';
    expect(await both(certify, [one, 'x'])).toEqual([once, once]);
    await pool.reverse(other);
    expect(await both(certify, [other, 'x'])).toEqual(['HB012', 'HB012']);
    for (const sql of [
      `update expenditure_certificate set certified_by = 'y'`,
      'delete from expenditure_certificate',
    ]) {
      expect(await both(sql)).toEqual(['42501', 'HB002']);
    }
    expect(await both('update account_certified set amount = 0')).toEqual(['42501', 'HB002']);
    const dated = `insert into expenditure_certificate (transfer_id, certified_by, recorded_at) values ('x', 'y', '2020-01-01')`;
    expect(await refusedBy(service, dated)).toBe('42501');
  });
});
