'use strict';
/* Pictures of the page, to be looked at: in screenshots/ of the build folder. */
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { useChromium, withPage, goTo } = require('./browser.js');
const { BUILD } = require('./pages.js');

useChromium();

const SHOTS = path.join(BUILD, 'screenshots');

async function shoot(page, name, options) {
  const file = path.join(SHOTS, name + '.png');
  await page.screenshot({ path: file, ...options });
  assert.ok(fs.statSync(file).size > 10000, `${file} is empty`);
}

const PLACES = { 'race': '#race/lost-update', 'deadlock': '#deadlock/transfer-meet',
  'starvation': '#starvation/lock-hog' };

for (const colorScheme of ['light', 'dark'])
  test(`${colorScheme} screenshots`, () => withPage('real', { colorScheme }, async (page) => {
    fs.mkdirSync(SHOTS, { recursive: true });
    await shoot(page, `matrix-${colorScheme}`, { fullPage: true });
    for (const [name, hash] of Object.entries(PLACES)) {
      await goTo(page, hash);
      await shoot(page, `${name}-${colorScheme}`, { fullPage: true });
    }
    await goTo(page, '#starvation/lock-hog/watchdog');
    await page.locator('.pair.on svg.hz-timeline').first().scrollIntoViewIfNeeded();
    await shoot(page, `timeline-${colorScheme}`);
    await goTo(page, '#deadlock/transfer-meet/explorer');
    const steps = page.locator('.pair.on .hz-steps');
    for (let i = 0; i < 12; ++i)
      await steps.getByRole('button', { name: 'on' }).click();
    await steps.scrollIntoViewIfNeeded();
    await shoot(page, `stepping-${colorScheme}`);
    await goTo(page, '#ideas');
    await shoot(page, `ideas-${colorScheme}`);
  }));

test('narrow screenshots', () => withPage('real', { viewport: { width: 375, height: 1400 } }, async (page) => {
  await shoot(page, 'matrix-narrow');
  await goTo(page, '#deadlock/transfer-meet');
  await shoot(page, 'deadlock-narrow', { fullPage: true });
}));
