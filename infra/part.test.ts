import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Part } from './part.js';

const folder = mkdtempSync(join(tmpdir(), 'hub-part-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const partThat = (name: string, text: string) => {
  const program = join(folder, `${name}.cjs`);
  writeFileSync(program, `process.on('disconnect', () => process.exit());\n${text}`);
  return new Part(name, program, {}, () => undefined);
};

describe('a part of the hub', () => {
  it('that ends with another code than 0 when it is stopped is named, one that ends well is not', async () => {
    const good = partThat('good', `process.on('SIGTERM', () => process.exit(0)); process.send('ready');`);
    const bad = partThat('bad', `process.on('SIGTERM', () => process.exit(1)); process.send('ready');`);
    await Promise.all([good.start(), bad.start()]);
    await expect(good.stop()).resolves.toBeUndefined();
    await expect(bad.stop()).rejects.toThrow('bad did not end in good order (code 1).');
  });

  it('that is stopped while it starts is not named, however it ends', async () => {
    const slow = partThat('slow', 'setInterval(() => undefined, 1000);');
    const started = slow.start();
    await slow.stop();
    await expect(started).rejects.toThrow('slow ended with SIGTERM.');
  });
});
