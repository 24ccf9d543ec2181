'use strict';
/*
 * For `bench-run report`: writes figures to files of the folder it is given.
 *
 *   html, jsonl   seconds that `hazmat report` takes to write the page of 150 pairs, and to write
 *                 the same stream as it is
 *   ratio         the median of their ratios
 *   bytes         of that page
 *   open, small   milliseconds from going to that page, and to one of a single pair, until its
 *                 script has run, a frame is shown and nothing is left to be done
 *   key           milliseconds from a letter in the filter of the large page to the next frame
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');
const pages = require('./pages.js');

const TIMES = 7;
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

function seconds(format) {
  const begun = process.hrtime.bigint();
  spawnSync(path.join(pages.BUILD, 'hazmat'), ['report', '--corpus', path.join(pages.FOLDER, 'corpus'),
    '-f', format, '-o', path.join(pages.FOLDER, 'measured'), pages.streamPath('large')]);
  return Number(process.hrtime.bigint() - begun) / 1e9;
}

async function openOnce(browser, name) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  await page.goto(pathToFileURL(pages.pagePath(name)).href);
  const opened = await page.evaluate(() => new Promise((done) =>
    requestAnimationFrame(() => requestIdleCallback(() => done(performance.now())))));
  const key = await page.evaluate(() => new Promise((done) => {
    const field = document.querySelector('#filter [name=text]');
    const begun = performance.now();
    field.value = 'l';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
  }));
  await page.close();
  return { opened, key };
}

async function main(folder) {
  const say = (name, value) => fs.writeFileSync(path.join(folder, name), `${value}\n`);
  fs.mkdirSync(pages.FOLDER, { recursive: true });
  pages.makeLarge();
  pages.makeSmall();
  const written = Array.from({ length: TIMES }, () => [seconds('html'), seconds('jsonl')]);
  say('html', median(written.map(([html]) => html)));
  say('jsonl', median(written.map(([, jsonl]) => jsonl)));
  say('ratio', median(written.map(([html, jsonl]) => html / jsonl)));
  say('bytes', fs.statSync(pages.pagePath('large')).size);
  const browser = await chromium.launch({ executablePath: process.env.HAZMAT_CHROMIUM });
  await openOnce(browser, 'small'); /* the browser's own first steps */
  const opened = [];
  for (let i = 0; i < TIMES; ++i)
    opened.push([await openOnce(browser, 'large'), await openOnce(browser, 'small')]);
  await browser.close();
  say('open', median(opened.map(([large]) => large.opened)));
  say('small', median(opened.map(([, small]) => small.opened)));
  say('key', median(opened.map(([large]) => large.key)));
}

main(process.argv[2]);
