'use strict';
/* What tools and programs print is text, whatever it looks like. */
const assert = require('node:assert');
const fs = require('node:fs');
const { test } = require('node:test');
const { useChromium, withPage, goTo, press } = require('./browser.js');
const { HOSTILE, pagePath } = require('./pages.js');

useChromium();

/* All elements with the names of their attributes, but for the colours that C gets. */
const skeleton = (page) => page.evaluate(() => [...document.querySelectorAll('*')]
  .filter((element) => !element.matches('[class^=hljs-]'))
  .map((element) => `${element.tagName} ${[...element.attributes].map((one) => one.name)}`));

/* Every view of the page, so that the script has had each piece of text in its hands. */
async function lookAround(page) {
  for (const id of await page.$$eval('main > .pair', (all) => all.map((one) => one.id))) {
    await goTo(page, id);
    await press(page, 'd', 'd');
    await page.locator('.pair.on details summary').evaluateAll((all) => all.forEach((one) => one.click()));
  }
  await goTo(page, '#matrix');
  await press(page, '/');
  await page.keyboard.type('"><img src=x onerror=alert(1)>');
  await press(page, 'Escape');
}

for (const javaScriptEnabled of [true, false])
  test(`the same elements as with harmless text, ${javaScriptEnabled ? 'with' : 'without'} the script`, async () => {
    const seen = {};
    for (const name of ['hostile', 'harmless'])
      await withPage(name, { javaScriptEnabled }, async (page) => {
        if (javaScriptEnabled)
          await lookAround(page);
        seen[name] = await skeleton(page);
      });
    assert.ok(seen.hostile.length > 200);
    assert.deepStrictEqual(seen.hostile, seen.harmless);
  });

test('it is shown as it is, its control characters visible', () => withPage('hostile', {}, async (page) => {
  const text = await page.evaluate(() => document.body.textContent);
  assert.ok(text.split('<script>alert(1)</script>').length > 10);
  assert.ok(text.includes('&lt;&#60;{{script}}\\x1b[2J\\x0d\\x07'));
  assert.doesNotMatch(text, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  assert.doesNotMatch(await page.title(), /[\0-\x1f]/);
  assert.strictEqual(await page.locator('script').count(), 2);
}));

test('a line of 10 MB is cut', () => {
  const size = fs.statSync(pagePath('hostile')).size;
  assert.ok(size < 5e5, `${size} bytes`);
  assert.match(fs.readFileSync(pagePath('hostile'), 'utf8'), /bytes left out/);
  assert.ok(HOSTILE.length < 500);
});
