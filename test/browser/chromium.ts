// Chromium and what drives it, where they are installed; and a server of the pages that it opens.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type * as Playwright from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM ?? places.find(existsSync);
const require = createRequire(import.meta.url);
const driver = ((): typeof Playwright | null => {
  try {
    return require('playwright-core') as typeof Playwright;
  } catch {
    return null;
  }
})();

/** Why no browser can be started; null where one can. */
export const missing =
  driver === null
    ? 'playwright-core is not installed'
    : executablePath === undefined
      ? `no Chromium at ${places.join(', ')} or in CHROMIUM`
      : null;

/** A page by its path: the headers it is served with. */
export type Pages = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Browser {
  /** What the page's program tells on the console, first of all, and how many workers it has then. */
  visit(path: string): Promise<{ readonly said: string; readonly workers: number }>;
  close(): Promise<void>;
}

/** A browser without a sandbox: containers run as root, where Chromium's does not. */
export const launch = (): Promise<Playwright.Browser> =>
  (driver as typeof Playwright).chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] });

/** Serves pages that run the script, and opens a browser. */
export const open = async (script: string, pages: Pages): Promise<Browser> => {
  const server = createServer(({ url = '' }, response) => {
    const [path = ''] = url.split('?');
    const headers = pages[path];
    if (headers !== undefined)
      response
        .writeHead(200, { ...headers, 'content-type': 'text/html' })
        .end('<!doctype html><title>adjoint</title><script src="/page.js"></script>');
    else if (path === '/page.js')
      response
        .writeHead(200, { 'content-type': 'text/javascript', 'cross-origin-resource-policy': 'same-origin' })
        .end(script);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await launch();
  return {
    visit: async (path) => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      const told = page.waitForEvent('console', { predicate: (m) => m.type() === 'log', timeout: 60_000 });
      await page.goto(`http://127.0.0.1:${port}${path}`);
      const said = await told.then(
        (m) => m.text(),
        () => JSON.stringify({ error: `the page said nothing; ${complaints.join('; ')}` }),
      );
      const workers = page.workers().length;
      await page.close();
      return { said, workers };
    },
    close: async () => {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
