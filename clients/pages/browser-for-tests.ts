import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium } from 'playwright-core';

const programs = ['chromium', 'chromium-browser', 'google-chrome'];
// What a test does not need, and nothing of the outside.
const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Where a browser of this machine is; null: there is none. */
export function browserOnPath(): string | null {
  const places = (process.env.PATH ?? '').split(delimiter);
  const canRun = (path: string) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return programs.flatMap((name) => places.map((place) => join(place, name))).find(canRun) ?? null;
}

export const noBrowser = (): void => {
  process.stderr.write(`Pages were not looked at in a browser: install one of ${programs.join(', ')} on the PATH.\n`);
};

export const openBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: flags });

/** What axe finds on a page at 320 pixels, that it scrolls sideways, or that the browser had to refuse. */
export async function faultsOf(browser: Browser, url: string): Promise<string[]> {
  const context = await browser.newContext({ viewport: { width: 320, height: 640 } });
  try {
    const page = await context.newPage();
    const refused: string[] = [];
    page.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
    await page.goto(url);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    return [
      ...(Number(width) > 320 ? [`scrolls sideways: ${width} pixels wide`] : []),
      ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
      ...refused,
    ];
  } finally {
    await context.close();
  }
}
