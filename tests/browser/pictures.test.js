'use strict';
/* What is drawn, and the explorer's schedule stepped through. */
const assert = require('node:assert');
const { test } = require('node:test');
const { useChromium, withPage, press } = require('./browser.js');
const { readStream } = require('./pages.js');

useChromium();

const PAIR = 'deadlock/transfer-meet';
const EXPLORED = `[id="${PAIR}/explorer"] .hz-steps`;
const stepsOf = (pair) => readStream('real').find((event) =>
  event.pair === pair && event.detector === 'explorer' && event.steps).steps;

/* What is told at each row begins so: the step as the table numbers it, or the one above. */
function placesOf(steps) {
  const last = Math.max(...steps.map((step) => step.number || 0));
  let done = 0;
  return steps.map(({ number }) => {
    done = number || done;
    return `${number ? 'Step' : 'After step'} ${done} of ${last}`;
  });
}

/* Of the schedule: which row is the present one, which are said to come, what is told. */
const state = (page) => page.locator(EXPLORED).evaluate((box) => {
  const rows = [...box.querySelectorAll('tbody tr')];
  const frame = box.querySelector('.hz-scroll').getBoundingClientRect();
  const now = box.querySelector('[aria-current=step]');
  const at = now && now.getBoundingClientRect();
  const looks = (row) => { const style = getComputedStyle(row.lastElementChild); return style.color + style.opacity; };
  return { n: rows.length, now: rows.indexOf(now), told: box.querySelector('.hz-told').textContent,
    later: rows.filter((row) => row.matches('.hz-later')).map((row) => rows.indexOf(row)),
    looks: rows.map(looks),
    disabled: [...box.querySelectorAll('button')].map((button) => button.disabled),
    inside: !at || (at.top >= frame.top - 1 && at.bottom <= frame.bottom + 1) };
});

test('a schedule has each step of the stream, in its thread\'s column', () =>
  withPage('real', { hash: `#${PAIR}/explorer` }, async (page) => {
    for (const pair of [PAIR, 'race/lost-update']) {
      const steps = stepsOf(pair);
      const threads = [...new Set(steps.map((step) => step.thread))].sort((a, b) => a - b);
      const rows = await page.locator(`[id="${pair}/explorer"] tbody tr[data-thread]`).evaluateAll((all) =>
        all.map((row) => {
          const skipped = [...row.cells].slice(1, -1).reduce((sum, cell) => sum + cell.colSpan, 0);
          return { column: skipped, text: row.textContent };
        }));
      assert.strictEqual(rows.length, steps.length);
      rows.forEach((row, i) => {
        assert.strictEqual(threads[row.column], steps[i].thread, `step ${i + 1}`);
        assert.ok(row.text.includes(steps[i].what), `step ${i + 1}: ${row.text}`);
      });
    }
  }));

test('forwards to where it goes wrong, and backwards', () =>
  withPage('real', { hash: `#${PAIR}/explorer` }, async (page) => {
    const steps = stepsOf(PAIR);
    const button = (name) => page.locator(EXPLORED).getByRole('button', { name });
    const begun = await state(page);
    const places = placesOf(steps);
    assert.ok(places.some((place) => place.startsWith('After')), 'more rows than steps');
    const expect = async (row) => {
      const seen = await state(page);
      assert.strictEqual(seen.now, row);
      assert.deepStrictEqual(seen.later, Array.from({ length: seen.n - row - 1 }, (_, i) => row + 1 + i));
      seen.looks.forEach((look, i) => (i <= row ? assert.strictEqual(look, begun.looks[i])
        : assert.notStrictEqual(look, begun.looks[0], `at ${row}: row ${i} looks as if it had been`)));
      assert.ok(seen.told.startsWith(places[row]) && seen.told.includes(steps[row].what.trim()), seen.told);
      assert.deepStrictEqual(seen.disabled, [...Array(3).fill(row === 0), ...Array(3).fill(row === seen.n - 1)]);
      assert.ok(seen.inside, `row ${row} is out of sight`);
    };
    assert.deepStrictEqual([begun.n, begun.now, begun.later], [steps.length, -1, []]);
    for (let row = 0; row < steps.length; ++row) {
      await button('on').click();
      await expect(row);
    }
    assert.match((await state(page)).told, /where it goes wrong/);
    for (let row = steps.length - 2; row >= 0; --row) {
      await button('back').click();
      await expect(row);
    }
    await button('last').click();
    await expect(steps.length - 1);
    await button('first').click();
    await expect(0);
  }));

test('by keys too, and the page stays where it is', () =>
  withPage('real', { hash: `#${PAIR}/explorer` }, async (page) => {
    const last = stepsOf(PAIR).length - 1;
    await page.locator(`${EXPLORED} .hz-scroll`).focus();
    for (const [key, row] of [['ArrowRight', 0], ['ArrowRight', 1], ['ArrowRight', 2], ['ArrowLeft', 1],
      ['End', last], ['ArrowRight', last], ['ArrowLeft', last - 1], ['Home', 0], ['ArrowLeft', 0]]) {
      await press(page, key);
      assert.strictEqual((await state(page)).now, row, key);
    }
    assert.ok(page.url().endsWith(`#${PAIR}/explorer`));
  }));

test('from one turn of a thread to the next, and back', () =>
  withPage('real', { hash: `#${PAIR}/explorer` }, async (page) => {
    const threads = stepsOf(PAIR).map((step) => step.thread);
    const turns = threads.map((thread, i) => i).filter((i) => i === 0 || threads[i] !== threads[i - 1]);
    const ends = threads.map((thread, i) => i).filter((i) => threads[i] !== threads[i + 1]);
    assert.ok(turns.length > 2, 'threads take turns');
    await page.locator(`${EXPLORED} .hz-scroll`).focus();
    for (const row of [...turns, threads.length - 1]) {
      await press(page, 'PageDown');
      assert.strictEqual((await state(page)).now, row);
    }
    await page.locator(EXPLORED).getByRole('button', { name: '◀◀ other thread' }).click();
    assert.strictEqual((await state(page)).now, ends[ends.length - 2]);
  }));

/* Without a script the table is there, and no button that does nothing. */
test('a schedule is read as a whole without a script', () =>
  withPage('real', { javaScriptEnabled: false }, async (page) => {
    assert.ok(await page.locator(`${EXPLORED} tbody tr`).last().isVisible());
    assert.strictEqual(await page.locator(`${EXPLORED} button`).count(), 0);
  }));

const drawn = (page, selector) => page.locator(selector).first().evaluate((svg) => {
  const box = svg.getBoundingClientRect();
  return { visible: svg.checkVisibility(), width: box.width, own: svg.width.baseVal.value,
    title: svg.querySelector('title').textContent, text: svg.textContent };
});

test('who waits for whom, and who eats and who starves, are pictures with words', async () => {
  for (const [pair, kind, words] of [[PAIR, 'hz-graph', /holds|waits/],
    ['starvation/lock-hog', 'hz-timeline', /Who holds and who waits/]])
    await withPage('real', { hash: `#${pair}/watchdog` }, async (page) => {
      const picture = await drawn(page, `[id="${pair}/watchdog"] svg.${kind}`);
      assert.ok(picture.visible && picture.width > 100 && picture.width >= picture.own - 1, JSON.stringify(picture));
      assert.ok(picture.title.length > 10);
      assert.match(picture.text, words);
    });
});

test('the timeline of a schedule ends at the number of its last step', () =>
  withPage('real', { hash: `#${PAIR}/explorer` }, async (page) => {
    const last = Math.max(...stepsOf(PAIR).map((step) => step.number || 0));
    const picture = await drawn(page, `[id="${PAIR}/explorer"] svg.hz-timeline`);
    assert.match(picture.title, new RegExp(`over ${last} steps$`));
    assert.ok(picture.text.includes(`${last} steps`), picture.text);
  }));

test('a timeline has a row for each thread', () =>
  withPage('real', { hash: '#starvation/lock-hog/watchdog' }, async (page) => {
    const { timeline } = readStream('real').find((event) => event.pair === 'starvation/lock-hog' && event.timeline);
    const { text } = await drawn(page, '[id="starvation/lock-hog/watchdog"] svg.hz-timeline');
    assert.ok(timeline.threads.length >= 2);
    for (const one of timeline.threads)
      assert.ok(text.includes(one.name || one.id), `${one.id} ${one.name}`);
  }));
