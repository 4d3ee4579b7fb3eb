import { UnitOfWork } from '@mikro-orm/postgresql';

interface Unit {
  working: boolean;
  flushQueue: (() => Promise<unknown>)[];
  doCommit(): Promise<void>;
  postCommitCleanup(): void;
}

// MikroORM marks each flush by AsyncLocalStorage, only to refuse a flush that is asked for by a hook inside another one.
// Before Node 24 its first use makes every promise of the process dearer, which was 6 % of all that a service does. No
// entity has hooks (test/tidy.test.ts), so that here a second flush can only be beside the first, and waits for it.
UnitOfWork.prototype.commit = async function (this: UnitOfWork): Promise<void> {
  const unit = this as unknown as Unit;
  if (unit.working) {
    return new Promise((resolve, reject) => {
      unit.flushQueue.push(() => unit.doCommit().then(resolve, reject));
    });
  }
  try {
    unit.working = true;
    await unit.doCommit();
    while (unit.flushQueue.length > 0) await unit.flushQueue.shift()!();
  } finally {
    unit.postCommitCleanup();
    unit.working = false;
  }
};
