'use strict';
/* The page as a file: what it asks for, how large it is; without a script; printed; narrow. */
const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const { test } = require('node:test');
const { useChromium, withPage, goTo, shownRows } = require('./browser.js');
const { makeTwice, pagePath, readPairs, readStream } = require('./pages.js');

useChromium();

const realPairs = () => [...new Set(readStream('real').filter((event) => event.type === 'run')
  .map((event) => event.pair))];

for (const name of ['real', 'large', 'compared'])
  test(`${name}: opens silently, and asks for nothing`, () => withPage(name, {}, async (page) => {
    const rows = await shownRows(page);
    assert.strictEqual(rows.length, name === 'large' ? 150 : realPairs().length);
    for (const view of ['#ideas', '#' + rows[0], '#scores', '#matrix'])
      await goTo(page, view);
  }));

for (const name of ['real', 'large', 'compared', 'loose'])
  test(`${name}: none of the page's own markup is shown as text`, () =>
    withPage(name, { javaScriptEnabled: false }, async (page) =>
      assert.doesNotMatch(await page.locator('body').innerText(), /<\/?(p|b|i|a|li|ul|td|th|tr|div|span|small)[ >]/)));

/* What is tried here fails by the policy alone: the server is there. */
test('the policy stops what would be loaded or run', async (t) => {
  const asked = [];
  const server = http.createServer((request, answer) => { asked.push(request.url); answer.end(); });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => { server.closeAllConnections(); server.close(); });
  const judge = (said) => {
    for (const directive of ['img-src', 'script-src', 'style-src', 'default-src'])
      assert.ok(said.some((one) => one.includes(`"${directive} `) || one.includes(`'${directive} `)),
        `${directive} refused nothing: ${said}`);
  };
  await withPage('real', { judge }, async (page) => {
    const ran = await page.evaluate(async (url) => {
      window.ran = [];
      document.body.insertAdjacentHTML('beforeend',
        `<p style="color:red">x<img src="${url}/image" onerror="ran.push('attribute')">`);
      const script = document.createElement('script');
      script.textContent = 'ran.push("script")';
      document.body.append(script);
      await fetch(url + '/fetch', { mode: 'no-cors' }).then(() => window.ran.push('fetch'), () => {});
      return window.ran;
    }, `http://127.0.0.1:${server.address().port}`);
    assert.deepStrictEqual(ran, []);
  });
  assert.deepStrictEqual(asked, []);
});

test('the same stream is the same page twice, byte for byte', () => {
  const { graphs, pages } = makeTwice('real');
  assert.ok(graphs > 2, 'with pictures by Graphviz');
  assert.ok(pages[0].equals(pages[1]));
});

test('150 pairs x 2 variants x 6 detectors are less than 5 MB', () => {
  const size = fs.statSync(pagePath('large')).size;
  assert.ok(size < 5e6, `${size} bytes`);
  assert.ok(size > 2e6, `${size} bytes: that cannot be all`);
});

test('it reads whole without a script', () =>
  withPage('real', { javaScriptEnabled: false }, async (page) => {
    const shown = await page.$$eval('main > .pair', (all) => Object.fromEntries(all.map((section) =>
      [section.id, section.checkVisibility() && [...section.querySelectorAll('.code td, .det')]
        .filter((one) => one.checkVisibility()).map((one) => one.textContent).join('\n')])));
    for (const { id, buggy, fixed } of readPairs().filter((pair) => realPairs().includes(pair.id))) {
      assert.ok(await page.locator(`.matrix a[href="#${id}"]`).isVisible(), `${id} in the matrix`);
      for (const line of [buggy, fixed].flatMap((program) => program.body.split('\n')))
        assert.ok(shown[id].includes(line), `${id}: ${line}`);
    }
    for (const event of readStream('real'))
      for (const found of event.findings || [])
        assert.ok(shown[event.pair].includes(found.kind), `${event.pair}: ${found.kind}`);
    for (const part of ['#matrix table', '#scores table', '#ideas h3'])
      assert.ok(await page.locator(part).first().isVisible(), part);
    for (const dead of ['#filter', '.tools', 'dialog'])
      assert.ok(!await page.locator(dead).isVisible(), `${dead} does nothing without a script`);
  }));

test('a link leads to its place without a script', () =>
  withPage('real', { javaScriptEnabled: false, hash: '#starvation/lock-hog/watchdog' }, async (page) => {
    const box = await page.locator('[id="starvation/lock-hog/watchdog"]').boundingBox();
    assert.ok(box.y >= 0 && box.y < 1000, `at ${box.y}`);
  }));

/* ---- printed ---- */

/* Chromium writes the objects of pages uncompressed. */
const sheets = (pdf) => pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length;

test('printed without a script, each pair begins a sheet', () =>
  withPage('real', { javaScriptEnabled: false }, async (page) => {
    await page.emulateMedia({ media: 'print' });
    const breaks = await page.$$eval('.pair', (all) => all.map((one) => getComputedStyle(one).breakBefore));
    assert.deepStrictEqual(breaks, realPairs().map(() => 'page'));
    assert.ok(sheets(await page.pdf()) > realPairs().length);
  }));

test('printed a schedule is whole', () =>
  withPage('real', { hash: '#deadlock/transfer-meet/explorer' }, async (page) => {
    const hidden = () => page.locator('.pair.on .hz-scroll').evaluate((frame) =>
      frame.scrollHeight - frame.clientHeight);
    assert.ok(await hidden() > 0, 'on the screen it scrolls');
    await page.emulateMedia({ media: 'print' });
    assert.ok(await hidden() <= 0);
  }));

test('printed it is black on white, without what only a screen can use', () =>
  withPage('real', { colorScheme: 'dark', hash: '#starvation/lock-hog' }, async (page) => {
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.notStrictEqual(await paper(), 'rgb(255, 255, 255)');
    await page.emulateMedia({ media: 'print' });
    assert.strictEqual(await paper(), 'rgb(255, 255, 255)');
    const ink = await page.evaluate(() => getComputedStyle(document.body).color);
    assert.ok(ink.match(/\d+/g).every((part) => part < 64), `ink is ${ink}`);
    for (const dead of ['nav', '.raw', 'input[type=radio]', '.hz-buttons'])
      assert.ok(!await page.locator(dead).first().isVisible(), `${dead} is printed`);
    assert.ok(await page.locator('[id="starvation/lock-hog"] .code').first().isVisible());
    assert.ok(sheets(await page.pdf()) >= 2);
  }));

/* A4 without its margins. */
const SHEET = { width: 703, height: 1000 };

/* What stands out to the right, or has more than it shows. */
const cutOff = (page, selector) => page.$$eval(selector, (all) => all.filter((one) =>
  one.checkVisibility() && (one.getBoundingClientRect().right > innerWidth + 1 ||
    one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible'))
  .map((one) => `${one.tagName}: ${one.textContent.slice(0, 60)}`));

test('printed nothing is wider than the sheet', async () => {
  for (const [name, hashes] of [['large', ['#matrix']], ['compared', ['#compared']],
    ['real', ['#deadlock/transfer-meet', '#race/lost-update', '#starvation/lock-hog']]])
    await withPage(name, { viewport: SHEET }, async (page) => {
      await page.emulateMedia({ media: 'print' });
      for (const hash of hashes) {
        await goTo(page, hash);
        assert.deepStrictEqual(await cutOff(page, 'main td, main th, main td *, main svg, main pre'), [], hash);
        const lines = await page.$$eval('.matrix b.v', (all) => all.map((one) => one.getClientRects().length));
        assert.ok(lines.every((n) => n <= 1), 'a verdict is on one line');
        const tall = await page.$$eval('svg.hz-graph', (all) =>
          all.filter((one) => !(parseFloat(getComputedStyle(one).maxHeight) < 600)).length);
        assert.strictEqual(tall, 0, 'a graph leaves room for text on its sheet');
      }
    });
});

test('printed what is worth a look is open, and no heading is the last of a sheet', () =>
  withPage('large', { javaScriptEnabled: false }, async (page) => {
    const list = page.locator('#notable td').first();
    const seen = () => list.evaluate((one) => one.checkVisibility());
    assert.ok(!await seen(), 'on the screen it is closed');
    await page.emulateMedia({ media: 'print' });
    assert.ok(await seen());
    const alone = await page.$$eval('main :is(h2, h3, h4, h5, caption, .what)', (all) => all.filter((one) =>
      getComputedStyle(one).breakAfter !== 'avoid').map((one) => one.outerHTML.slice(0, 60)));
    assert.deepStrictEqual(alone, []);
  }));

/* ---- wide and narrow ---- */

test('while one scrolls, the names of the columns stay below the header', async () => {
  for (const width of [1000, 1200, 1400])
    await withPage('large', { viewport: { width, height: 800 } }, async (page) => {
      await page.evaluate(() => scrollTo(0, document.querySelector('.matrix').offsetTop + 2000));
      const header = await page.locator('body > header').boundingBox();
      const names = await page.locator('.matrix thead th').first().boundingBox();
      assert.ok(Math.abs(names.y - header.y - header.height) < 3, `${width}: ${names.y}, ${header.height}`);
    });
});

test('375 pixels are wide enough', () =>
  withPage('real', { viewport: { width: 375, height: 800 } }, async (page) => {
    for (const view of ['#top', '#ideas', ...realPairs().map((id) => '#' + id)]) {
      await goTo(page, view);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 375, `${view} is ${width} wide`);
    }
  }));

const NARROW = { width: 400, height: 800 };

test('narrow, the matrix says that it goes on, and a row keeps its name', () =>
  withPage('large', { viewport: NARROW }, async (page) => {
    const hint = () => page.locator('.matrix caption').evaluate((one) => getComputedStyle(one, '::after').content);
    const frame = page.locator('.wide:has(> .matrix)');
    assert.match(await hint(), /more/);
    assert.match(await frame.evaluate((one) => getComputedStyle(one).backgroundImage), /gradient/);
    for (const selector of ['.matrix', '.scores'])
      await page.locator(`.wide:has(> ${selector})`).evaluate((one) => { one.scrollLeft = 9999; });
    for (const name of ['.matrix tbody tr:not(.class) th', '.scores tbody tr:not(.class) th', '.matrix caption']) {
      const box = await page.locator(name).first().boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 400, `${name} from ${box.x}, ${box.width} wide`);
    }
    const last = await page.locator('.matrix tbody td:last-child').first().boundingBox();
    assert.ok(last.x + last.width <= 400, 'the last column can be reached');
    await page.locator('#filter [name=detector]').selectOption('drd');
    assert.strictEqual(await hint(), 'none', 'one column is all there is');
  }));

test('narrow, what the detectors came to and the schedule are read without scrolling sideways', () =>
  withPage('real', { viewport: NARROW, hash: '#deadlock/transfer-meet/explorer' }, async (page) => {
    assert.deepStrictEqual(await cutOff(page, '.pair.on :is(.choice, .hz-scroll, .hz-scroll *), .pair.on .wide:has(.choice)'), []);
    const rows = await page.$$eval('.pair.on .hz-steps tr[data-thread]', (all) => all.filter((one) =>
      one.checkVisibility()).map((one) => [one.dataset.thread, getComputedStyle(one, '::before').content]));
    assert.ok(new Set(rows.map(([thread]) => thread)).size > 1);
    for (const [thread, said] of rows)
      assert.strictEqual(said, `"${thread}"`, 'a row says whose it is, as there are no columns');
    const sides = await page.$$eval('.pair.on .choice tr:last-child td', (all) => all.map((one) =>
      getComputedStyle(one, '::before').content));
    assert.deepStrictEqual(sides.slice(0, 2), ['"buggy: "', '"twin: "']);
  }));

test('narrow, a picture is as large as its words need, and scrolls', () =>
  withPage('real', { viewport: NARROW }, async (page) => {
    for (const [hash, picture] of [['#starvation/lock-hog/watchdog', 'hz-timeline'],
      ['#deadlock/proc-pipes-both-full/watchdog', 'hz-graph']]) {
      await goTo(page, hash);
      const heights = await page.$$eval(`.pair.on .${picture} text`, (all) =>
        all.filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect().height));
      assert.ok(heights.length > 2 && Math.min(...heights) >= 10, `${picture}: ${heights}`);
    }
  }));
