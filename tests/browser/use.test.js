'use strict';
/* How it is used: filters, addresses, keys, colours. */
const assert = require('node:assert');
const path = require('node:path');
const { test } = require('node:test');
const { useChromium, withPage, goTo, press, settle, shownPairs, shownRows } = require('./browser.js');
const { CLASSES, DETECTORS, FOLDER, largeVerdict, readPairs, readStream } = require('./pages.js');

useChromium();

const pairs = () => readPairs(path.join(FOLDER, 'corpus'));
const ids = (kept) => pairs().filter(kept).map((pair) => pair.id);

/* ---- filters ---- */

async function expectRows(page, wanted, what) {
  await settle(page);
  assert.deepStrictEqual(await shownRows(page), wanted, what);
  const said = await page.locator('#filter output').innerText();
  assert.strictEqual(said, wanted.length === 150 ? '' : `${wanted.length} of 150 pairs`);
}

test('filters show what they say, and hide the rest', () => withPage('large', {}, async (page) => {
  const choose = (name, value) => page.locator(`#filter [name=${name}]`).selectOption(value);
  const all = () => page.locator('#filter button[type=reset]').click();
  for (const kind of CLASSES) {
    await choose('class', kind);
    await expectRows(page, ids((pair) => pair.class === kind), kind);
    const headings = await page.$$eval('.matrix tr.class', (rows) =>
      rows.filter((row) => row.checkVisibility()).map((row) => row.textContent.trim()));
    assert.deepStrictEqual(headings, [kind]);
  }
  await all();
  for (const idea of ['lock', 'daemon']) {
    await choose('idea', idea);
    await expectRows(page, ids((pair) => pair.concepts.includes(idea)), idea);
  }
  await all();
  await page.locator('#filter [name=text]').fill('AGAIN lock');
  const named = await shownRows(page);
  assert.ok(named.length > 0 && named.length < 150 && named.every((id) => id.endsWith('-again')), named);
  await page.locator('#filter [name=text]').fill('no such thing');
  await expectRows(page, []);
  await all();
  await expectRows(page, ids(() => true), 'all');
}));

test('the filter by verdict, of one detector and of any', () => withPage('large', {}, async (page) => {
  const choose = (name, value) => page.locator(`#filter [name=${name}]`).selectOption(value);
  const kinds = { 'missed': 'missed', 'false alarm': 'false-alarm', 'broken': 'broken', 'blind': 'blind',
    'not as expected': 'surprise' };
  for (const [word, verdict] of Object.entries(kinds)) {
    await choose('verdict', word);
    const also = { 'missed': 'surprise', 'not as expected': 'broken' }[word];
    const has = (i, detector) => [verdict, also].includes(largeVerdict(i, detector));
    const listed = pairs();
    for (const detector of ['', 'drd', 'watchdog', 'tsan']) {
      await choose('detector', detector);
      const looked = detector ? [detector] : DETECTORS.slice(1);
      await expectRows(page, listed.filter((_, i) => looked.some((one) => has(i, one))).map((pair) => pair.id),
        `${word} by ${detector || 'any'}`);
    }
  }
}));

test('the filter by detector leaves its column', () => withPage('large', {}, async (page) => {
  const heads = () => page.$$eval('.matrix thead th', (all) =>
    all.filter((one) => one.checkVisibility()).map((one) => one.textContent.trim()));
  assert.deepStrictEqual(await heads(), ['pair', ...DETECTORS]);
  await page.locator('#filter [name=detector]').selectOption('helgrind');
  await settle(page);
  assert.deepStrictEqual(await heads(), ['pair', 'helgrind']);
  assert.strictEqual(await page.locator('.matrix tbody td:visible').count(), 150);
}));

/* ---- addresses ---- */

const inView = (page, selector) => page.locator(selector).evaluate((element) => {
  const box = element.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight;
});

test('an address leads to a pair, and to what one detector said of it', async () => {
  await withPage('large', { hash: '#deadlock/transfer-order' }, async (page) => {
    assert.deepStrictEqual(await shownPairs(page), ['deadlock/transfer-order']);
    assert.ok(!await page.locator('#matrix').isVisible());
    assert.strictEqual(await page.title(), 'Hazmat: deadlock/transfer-order');
    assert.ok(await page.locator('.pair.on input[value=all]').isChecked());
    assert.ok(await inView(page, '.pair.on h2'));
  });
  await withPage('large', { hash: '#deadlock/transfer-order/drd' }, async (page) => {
    assert.deepStrictEqual(await shownPairs(page), ['deadlock/transfer-order']);
    assert.ok(await page.locator('.pair.on').getByRole('radio', { name: 'drd', exact: true }).isChecked());
    assert.deepStrictEqual(await page.$$eval('.pair.on .det', (all) =>
      all.filter((one) => one.checkVisibility()).map((one) => one.id)), ['deadlock/transfer-order/drd']);
    assert.ok(await inView(page, '.pair.on h2') && await inView(page, '.pair.on .essays'), 'which pair it is');
    assert.strictEqual(await page.evaluate(() => document.activeElement.textContent), 'deadlock/transfer-order');
  });
});

test('who comes from the matrix sees first which pair it is, each time', () => withPage('real', {}, async (page) => {
  for (const hash of ['#starvation/lock-hog/watchdog', '#deadlock/transfer-meet/drd', '#starvation/lock-hog/drd',
    '#matrix', '#starvation/lock-hog/watchdog', '#matrix', '#starvation/lock-hog/watchdog']) {
    await goTo(page, hash);
    if (hash !== '#matrix')
      assert.ok(await inView(page, '.pair.on h2'), hash);
  }
  await page.locator('.pair.on').getByRole('link', { name: 'findings of explorer' }).click();
  await settle(page);
  assert.ok(await inView(page, '[id="starvation/lock-hog/explorer"] h4'), 'within the pair one goes to the place');
}));

test('below the title stands what the chosen detector did, and where', async () => {
  const told = (page) => page.locator('.pair.on .told');
  const event = readStream('real').find((one) => one.pair === 'starvation/lock-hog' &&
    one.detector === 'watchdog' && one.verdict === 'caught');
  await withPage('real', { hash: '#starvation/lock-hog/watchdog' }, async (page) => {
    assert.match(await told(page).innerText(),
      new RegExp(`^watchdog on the buggy program: caught at line (\\d+, )*${event.line}\\b.*; on its twin: ok`));
    assert.ok(await inView(page, '.pair.on h2') && await inView(page, '.pair.on .told'));
    await told(page).getByRole('link', { name: 'What it said' }).click();
    await settle(page);
    assert.ok(await inView(page, '[id="starvation/lock-hog/watchdog"] .finding'));
    await told(page).getByRole('link', { name: String(event.line), exact: true }).click();
    await settle(page);
    assert.ok(await inView(page, `[id="starvation/lock-hog@${event.line}"]`));
    await page.locator('.pair.on').getByRole('radio', { name: 'tsan', exact: true }).check();
    assert.match(await told(page).innerText(), /^tsan on the buggy program: blind; on its twin/);
    await page.locator('.pair.on input[value=all]').check();
    assert.ok(!await told(page).isVisible(), 'of all together there is no such line');
    await goTo(page, '#deadlock/transfer-meet');
    assert.strictEqual(await told(page).count() && await told(page).isVisible(), false);
    await press(page, 'd');
    assert.match(await told(page).innerText(), /^tsan on the buggy program: caught at line /);
    assert.strictEqual(await told(page).count(), 1);
  });
});

const said = (page) => page.locator('#unknown').innerText();

test('an address that leads nowhere is said', async () => {
  const longest = 'x'.repeat(10000);
  await withPage('large', { hash: '#no/such/<b>place</b>' }, async (page) => {
    for (const [hash, told] of [['#no/such/<b>place</b>', 'No such pair: no/such/<b>place</b>'],
      ['#lost-update/nobody', 'No such pair: lost-update/nobody'], ['#%ff', 'No such pair: %ff'],
      ['#' + longest, `No such pair: ${longest.slice(0, 200)}…`]]) {
      await goTo(page, hash);
      assert.ok(await page.locator('#matrix').isVisible());
      assert.ok(await inView(page, '#unknown'));
      assert.strictEqual(await said(page), told);
    }
    await goTo(page, '#matrix');
    assert.strictEqual(await said(page), '');
  });
});

test('a pair is found by its name alone', async () => {
  await withPage('large', { hash: '#transfer-order' }, async (page) => {
    assert.deepStrictEqual(await shownPairs(page), ['deadlock/transfer-order']);
    assert.ok(page.url().endsWith('#deadlock/transfer-order'), page.url());
    await goTo(page, '#lost-update/drd');
    assert.deepStrictEqual(await shownPairs(page), ['race/lost-update']);
    assert.ok(await page.locator('.pair.on').getByRole('radio', { name: 'drd', exact: true }).isChecked());
    await page.goBack();
    await settle(page);
    assert.deepStrictEqual(await shownPairs(page), ['deadlock/transfer-order']);
  });
  await withPage('large', {}, async (page) => {
    await page.evaluate(() => { document.getElementById('race/lost-update').id = 'deadlock/lost-update';
      document.getElementById('race/refcount').id = 'race/lost-update'; });
    await goTo(page, '#lost-update');
    assert.match(await said(page), /^More than one pair is called lost-update: .*deadlock\/lost-update/);
    assert.ok(await page.locator('#matrix').isVisible());
  });
});

test('links and the way back', () => withPage('large', {}, async (page) => {
  await page.locator('.matrix a[href="#race/lost-update/tsan"]').click();
  await settle(page);
  assert.deepStrictEqual(await shownPairs(page), ['race/lost-update']);
  assert.ok(await page.locator('.pair.on').getByRole('radio', { name: 'tsan', exact: true }).isChecked());
  await page.locator('.pair.on .idea').first().click();
  await settle(page);
  assert.ok(await page.locator('#ideas').isVisible());
  assert.deepStrictEqual(await shownPairs(page), []);
  await page.goBack();
  await settle(page);
  assert.deepStrictEqual(await shownPairs(page), ['race/lost-update']);
  await page.locator('nav a[href="#matrix"]').click();
  await settle(page);
  assert.ok(await page.locator('#matrix').isVisible());
  assert.deepStrictEqual(await shownPairs(page), []);
}));

test('the choice of a detector is in the address', () =>
  withPage('large', { hash: '#race/lost-update' }, async (page) => {
    await page.locator('.pair.on').getByRole('radio', { name: 'helgrind', exact: true }).check();
    assert.ok(page.url().endsWith('#race/lost-update/helgrind'), page.url());
  }));

/* ---- keys alone ---- */

const focused = (page) => page.evaluate(() => {
  const element = document.activeElement, style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return { what: element.id || element.getAttribute('href') || element.name || element.tagName,
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1,
    inside: box.width > 0 && box.right > 0 && box.bottom > 0 && box.top < innerHeight };
});

test('Tab goes through the page in its order, and where it is can be seen', () =>
  withPage('real', {}, async (page) => {
    const order = [];
    for (let i = 0; i < 40; ++i) {
      await page.keyboard.press('Tab');
      const at = await focused(page);
      assert.ok(at.outlined && at.inside, `Tab ${i}, at ${at.what}: ${JSON.stringify(at)}`);
      order.push(at.what);
    }
    const places = ['#content', '#top', '#matrix', 'before', 'after', 'theme', 'help', 'text', 'class',
      'idea', 'detector', 'verdict'].map((what) => order.indexOf(what));
    assert.ok(places.every((place, i) => place > (i ? places[i - 1] : -1)), order.join(' '));
  }));

test('the first Tab offers the way past the header', () => withPage('real', {}, async (page) => {
  await press(page, 'Tab', 'Enter');
  assert.strictEqual((await page.evaluate(() => document.activeElement.id)), 'content');
}));

test('/ filters, from wherever one is', () =>
  withPage('large', { hash: '#race/lost-update' }, async (page) => {
    await press(page, '/');
    assert.ok(await page.locator('#matrix').isVisible());
    assert.strictEqual((await focused(page)).what, 'text');
    await page.keyboard.type('jk?m lost'); /* letters, here */
    assert.strictEqual(await page.locator('#filter [name=text]').inputValue(), 'jk?m lost');
    assert.strictEqual(await page.locator('#keys').isVisible(), false);
    await press(page, 'Escape');
    await expectRows(page, ids(() => true), 'Escape empties the field');
  }));

test('j and k go from pair to pair, of those that the filter leaves', () => withPage('large', {}, async (page) => {
  const starving = ids((pair) => pair.class === 'starvation');
  await page.locator('#filter [name=class]').selectOption('starvation');
  await page.locator('#filter [name=class]').blur();
  for (const [key, at] of [['j', 0], ['j', 1], ['j', 2], ['k', 1], ['ArrowRight', 2], ['ArrowLeft', 1],
    ['k', 0], ['k', 0]]) {
    await press(page, key);
    assert.deepStrictEqual(await shownPairs(page), [starving[at]], key);
  }
  await press(page, 'm');
  await expectRows(page, starving);
  await press(page, 'i');
  assert.ok(await page.locator('#ideas').isVisible());
}));

test('? shows the keys, Escape closes them, and all of them are listed', () => withPage('real', {}, async (page) => {
  const dialog = page.locator('#keys');
  await press(page, '?');
  assert.ok(await dialog.isVisible());
  await press(page, 'Tab', 'j'); /* not to the check box, which has the focus first */
  assert.deepStrictEqual(await shownPairs(page), [], 'no other key works meanwhile');
  const listed = await dialog.locator('kbd').allInnerTexts();
  for (const key of ['j', 'k', 'd', 'm', 'i', '/', 't', '?'])
    assert.ok(listed.includes(key), key);
  await press(page, 'Escape');
  assert.ok(!await dialog.isVisible());
}));

test('d shows the next detector, of a pair', () =>
  withPage('large', { hash: '#race/lost-update' }, async (page) => {
    const chosen = () => page.locator('.pair.on input[type=radio]:checked').evaluate((radio) =>
      radio.parentNode.textContent.trim());
    const seen = [];
    for (let i = 0; i < 6; ++i) {
      await press(page, 'd');
      seen.push(await chosen());
    }
    assert.deepStrictEqual(seen.slice(0, 5), DETECTORS.slice(1));
    assert.notStrictEqual(seen[5], 'explorer');
  }));

test('keys of one letter can be turned off, and the rest still works', () => withPage('real', {}, async (page) => {
  await press(page, '?');
  await page.locator('#single').uncheck();
  await press(page, 'Escape');
  await press(page, 'j');
  assert.deepStrictEqual(await shownPairs(page), []);
  await press(page, 'ArrowRight');
  assert.strictEqual((await shownPairs(page)).length, 1);
}));

/* ---- light and dark ---- */

const brightness = (page) => page.evaluate(() => {
  const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
  return (r + g + b) / 3;
});

for (const colorScheme of ['light', 'dark'])
  test(`${colorScheme}: as the reader has it, the other by the button and by t`, () =>
    withPage('real', { colorScheme }, async (page) => {
      const expect = async (dark, when) => {
        const now = await brightness(page);
        assert.ok(dark ? now < 60 : now > 220, `${when}: ${now}`);
      };
      const dark = colorScheme === 'dark';
      await expect(dark, 'at first');
      await page.locator('#theme').click();
      await expect(!dark, 'by the button');
      await page.reload();
      await expect(!dark, 'remembered');
      await press(page, 't');
      await expect(dark, 'by t');
    }));

/* ---- without colours ---- */

test('no verdict is told by colour alone', () => withPage('large', {}, async (page) => {
  const silent = await page.$$eval('.matrix b.v:not(.none)', (all) =>
    all.filter((one) => one.textContent.trim() === '' ||
      ['none', '""', 'normal'].includes(getComputedStyle(one, '::before').content)).map((one) => one.className));
  assert.deepStrictEqual(silent, []);
}));
