import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { deed, PoolForTests } from './pool-for-tests.js';

let world: World;
let homes: PoolForTests;
let rails: PoolForTests;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  homes = await new PoolForTests(world).open();
  rails = await new PoolForTests(world).open();
});
afterAll(() => world?.stop());

const council = 'recipient-council';
const [passed, own, dollars, others] = [`${council}:passed`, `${council}:own`, `${council}:dollars`, 'other-body:one'];

it('onward funding is stated by the recipient alone, once, of another pool and in one currency', async () => {
  await homes.fund('100.00');
  const allocation = await homes.allocate('60.00');
  await rails.commit(passed, '40.00');
  await homes.commit(own, '10.00');
  await rails.commit(others, '10.00');
  await new PoolForTests(world).commit(dollars, '10.00', { currency: 'USD' });
  const state = async (as: string, contribution: string, of: string) => {
    const { codes, errors } = await deed(world, as, 'stateOnwardFunding', { contribution, allocation: of });
    return errors ? [errors[0].extensions.code] : codes;
  };
  const publisher = `${council}.publisher`;
  expect(await state(publisher, `${council}:none`, allocation)).toEqual(['UNKNOWN_CONTRIBUTION']);
  expect(await state(publisher, passed, 'allocation-none')).toEqual(['UNKNOWN_ALLOCATION']);
  expect(await state('other-body.publisher', passed, allocation)).toEqual(['FORBIDDEN']);
  expect(await state('other-body.publisher', others, allocation)).toEqual(['NOT_ITS_RECIPIENT']);
  expect(await state(publisher, own, allocation)).toEqual(['SAME_POOL']);
  expect(await state(publisher, dollars, allocation)).toEqual(['CURRENCY_MISMATCH']);
  expect(await state(publisher, passed, allocation)).toEqual([]);
  expect(await state(publisher, passed, allocation)).toEqual(['ALREADY_STATED']);
  const service = await world.serviceRole('budgets');
  for (const wrong of [others, own, dollars]) {
    const written = service.query(
      'insert into onward_funding (contribution_id, allocation_id, stated_by) values ($1, $2, $3)',
      [wrong, allocation, 'by hand'],
    );
    await expect(written).rejects.toMatchObject({ code: 'HB019' });
  }
});
