'use strict';
/*
 * A page of pages.js in Chromium, watched: whatever it asks for but its own file, says on the
 * console, throws or opens fails the test in which it did.
 */
const assert = require('node:assert');
const { after, before } = require('node:test');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');
const { pagePath } = require('./pages.js');

const WIDE = { width: 1400, height: 1000 };
let browser;

/* To be called once by each file of tests. */
function useChromium() {
  before(async () => {
    browser = await chromium.launch({ executablePath: process.env.HAZMAT_CHROMIUM });
  });
  after(() => browser.close());
}

function watch(page, url) {
  const said = [];
  page.on('console', (message) => said.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => { said.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('popup', () => said.push('a window was opened'));
  page.on('download', () => said.push('a download was begun'));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url)
      said.push(`request: ${request.url()}`);
  });
  return said;
}

/*
 * Opens a page at `hash`, lets `use` do what it wants with it, and judges what it said meanwhile.
 * The other options are those of Playwright's newContext().
 */
async function withPage(name, options, use) {
  const { hash = '', judge = (said) => assert.deepStrictEqual(said, []), ...rest } = options;
  const context = await browser.newContext({ viewport: WIDE, ...rest });
  const page = await context.newPage();
  const url = pathToFileURL(pagePath(name)).href;
  const said = watch(page, url);
  try {
    await page.goto(url + hash);
    const scripted = rest.javaScriptEnabled !== false;
    if (scripted)
      await settle(page);
    await use(page);
    if (scripted)
      await settle(page);
  } finally {
    await context.close();
  }
  judge(said);
}

/* Until what the page has put off by setTimeout() has been done, and a frame shown. */
async function settle(page) {
  await page.evaluate(() => new Promise((done) =>
    setTimeout(() => requestAnimationFrame(() => setTimeout(done)))));
}

/* To another place of the same page, as a link leads there. */
async function goTo(page, hash) {
  await page.evaluate((to) => { location.hash = to; }, hash);
  await settle(page);
}
async function press(page, ...keys) {
  for (const key of keys)
    await page.keyboard.press(key);
  await settle(page);
}

/* The sections that can be seen: their ids. */
const shownPairs = (page) => page.$$eval('main > .pair', (all) =>
  all.filter((one) => one.checkVisibility()).map((one) => one.id));
/* The rows that can be seen, as CLASS/NAME. */
const shownRows = (page) => page.$$eval('.matrix tr[data-text] th a', (all) =>
  all.filter((one) => one.checkVisibility()).map((one) => one.getAttribute('href').slice(1)));

module.exports = { useChromium, withPage, settle, goTo, press, shownPairs, shownRows };
