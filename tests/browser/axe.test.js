'use strict';
/* axe-core finds nothing: contrast, names, order, landmarks, tables. */
const assert = require('node:assert');
const { test } = require('node:test');
const axe = require('axe-core');
const { useChromium, withPage, goTo, press } = require('./browser.js');

useChromium();

async function examine(page, what) {
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
  assert.deepStrictEqual(violations.flatMap((one) => one.nodes.map((node) =>
    `${what}: ${one.id}: ${one.help}: ${node.html}`.slice(0, 300))), []);
}

for (const [colorScheme, width] of [['light', 1400], ['dark', 1400], ['light', 375]])
  test(`${colorScheme}, ${width} wide`, () =>
    withPage('real', { colorScheme, viewport: { width, height: 1000 }, bypassCSP: true }, async (page) => {
      await page.evaluate(axe.source);
      for (const view of ['#matrix', '#ideas', '#no/such/pair', '#race/lost-update', '#deadlock/transfer-meet',
        '#deadlock/proc-pipes-both-full/watchdog', '#starvation/lock-hog', '#deadlock/transfer-meet/explorer']) {
        await goTo(page, view);
        await page.locator('details:not([open]) > summary:visible').evaluateAll((all) =>
          all.forEach((one) => one.click()));
        await examine(page, view);
      }
      await press(page, '?');
      await examine(page, 'keys');
    }));

test('what has changed', () => withPage('compared', { bypassCSP: true }, async (page) => {
  await page.evaluate(axe.source);
  assert.ok((await page.locator('#compared').innerText()).includes('transfer-order'));
  await examine(page, 'compared');
}));

test('what is not as expected, and what is broken', () =>
  withPage('large', { bypassCSP: true, hash: '#surprises' }, async (page) => {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      globalThis.axe.run({ include: ['#surprises', '#notable', '#scores'].map((one) => [one]) }));
    assert.deepStrictEqual(violations.map((one) => one.id), []);
  }));
