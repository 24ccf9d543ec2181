'use strict';
/* Every pair's page: both programs whole, and what each detector found on the marked line. */
const assert = require('node:assert');
const path = require('node:path');
const { test } = require('node:test');
const { useChromium, withPage, goTo } = require('./browser.js');
const { DETECTORS, FOLDER, largeVerdict, readPairs, readStream } = require('./pages.js');

useChromium();

/* The lines of both sides that can be seen, and what stands below a line of the buggy one. */
function readCode(id) {
  const section = document.getElementById(id);
  const sides = [[], []], marked = [], notes = {};
  for (const row of section.querySelectorAll('table.code tbody tr:not(.w)')) {
    if (!row.checkVisibility())
      continue;
    [...row.cells].forEach((cell, side) => {
      if (cell.dataset.n)
        sides[side].push(cell.textContent);
    });
    const line = row.cells[0].dataset.n;
    if (row.cells[0].classList.contains('m') && getComputedStyle(row.cells[0]).boxShadow !== 'none')
      marked.push(Number(line));
    const below = row.nextElementSibling;
    if (line && below && below.matches('.w'))
      notes[line] = [...below.cells[0].querySelectorAll('.n')].filter((note) => note.checkVisibility())
        .map((note) => note.querySelector('a').textContent);
  }
  return { sides: sides.map((lines) => lines.join('\n')), marked, notes };
}

test('every pair: both programs, their marked lines, each detector on them', () =>
  withPage('large', {}, async (page) => {
    const pairs = readPairs(path.join(FOLDER, 'corpus'));
    assert.strictEqual(pairs.length, 150);
    for (const [i, pair] of pairs.entries()) {
      await goTo(page, pair.id);
      const shown = await page.evaluate(readCode, pair.id);
      for (const [side, program] of [pair.buggy, pair.fixed].entries())
        assert.strictEqual(shown.sides[side], program.body.replace(/\n$/, ''), pair.id);
      assert.deepStrictEqual(shown.marked, pair.buggy.marked, `${pair.id}: marked lines`);
      const found = DETECTORS.slice(1).filter((detector) =>
        ['caught', 'false-alarm'].includes(largeVerdict(i, detector)));
      assert.deepStrictEqual(shown.notes[pair.buggy.marked[0]], found, pair.id);
    }
  }));

test('of real tools: who caught it is named on the line that it hit', () =>
  withPage('real', {}, async (page) => {
    const caught = readStream('real').filter((event) => event.verdict === 'caught');
    assert.deepStrictEqual([...new Set(caught.map((event) => event.detector))].sort(),
      DETECTORS.slice(1).sort(), 'each detector caught something');
    for (const event of caught) {
      await goTo(page, event.pair);
      const shown = await page.evaluate(readCode, event.pair);
      assert.ok(shown.marked.includes(event.line));
      assert.ok((shown.notes[event.line] || []).includes(event.detector),
        `${event.pair}:${event.line} ${event.detector}: ${shown.notes[event.line]}`);
      const said = page.locator(`[id="${event.pair}/${event.detector}"]`);
      assert.ok((await said.innerText()).includes(event.findings[event.decided_by].kind));
    }
  }));

test('the detector chosen, and no other, is on the lines and told below', () =>
  withPage('large', {}, async (page) => {
    const pair = readPairs()[0];
    await goTo(page, pair.id);
    for (const detector of DETECTORS.slice(1)) {
      await page.locator(`[id="${pair.id}"]`).getByRole('radio', { name: detector, exact: true }).check();
      const shown = await page.evaluate(readCode, pair.id);
      assert.deepStrictEqual(shown.notes[pair.buggy.marked[0]], [detector]);
      const told = await page.$$eval('.pair.on .det', (all) =>
        all.filter((one) => one.checkVisibility()).map((one) => one.querySelector('h4').textContent));
      assert.deepStrictEqual(told, [`${detector} on ${pair.id}`]);
    }
  }));

test('C is coloured, and changed lines have a sign', () =>
  withPage('real', { hash: '#race/lost-update' }, async (page) => {
    const section = page.locator('[id="race/lost-update"]');
    assert.ok(await section.locator('.hljs-keyword').count() > 10);
    const signs = await section.locator('tr.x td[data-n]').evaluateAll((all) =>
      all.map((cell) => getComputedStyle(cell, '::before').content));
    assert.ok(signs.some((sign) => sign.includes('−')) && signs.some((sign) => sign.includes('+')), signs);
  }));

/* The words of C in the code that is shown, without comments and strings: [how they are coloured, word]. */
const words = (page) => page.evaluate(() => {
  const found = [];
  for (const cell of document.querySelectorAll('.code td[data-n]')) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let node; cell.checkVisibility() && (node = walker.nextNode());) {
      const around = node.parentNode.closest('[class^=hljs]');
      const colour = around ? around.className : '';
      if (!/comment|string|meta/.test(colour))
        for (const [word] of node.data.matchAll(/\w+/g))
          found.push([colour, word]);
    }
  }
  return found;
});

test('C is coloured as C: struct is a keyword, and what follows it a name like others', () =>
  withPage('large', {}, async (page) => {
    let structs = 0;
    for (const { id } of readPairs(path.join(FOLDER, 'corpus')).filter(({ buggy }) => buggy.body.includes('struct '))) {
      await goTo(page, id);
      const found = await words(page);
      found.forEach(([colour, word], i) => {
        structs += word === 'struct';
        if (word === 'struct')
          assert.strictEqual(colour, 'hljs-keyword', `${id}: struct is ${colour}`);
        if (i > 0 && found[i - 1][1] === 'struct')
          assert.ok(!/title|class|built_in/.test(colour), `${id}: struct ${word} is ${colour}`);
      });
    }
    assert.ok(structs > 20, `${structs} times struct`);
  }));

/* Whether the word, which is shown at least once, is a keyword each time, or never. */
function areKeywords(found, word, wanted) {
  const colours = found.filter(([, other]) => other === word).map(([colour]) => colour);
  assert.ok(colours.length > 0, `no ${word} is shown`);
  colours.forEach((colour) => assert.strictEqual(colour === 'hljs-keyword', wanted, `${word} is ${colour}`));
}

test('C is coloured as C: its keywords are, and those of C++ are not', () => withPage('large', {}, async (page) => {
  await goTo(page, 'deadlock/callback-under-lock');
  areKeywords(await words(page), 'new', false);
  await goTo(page, 'race/relaxed-publication');
  areKeywords(await words(page), '_Atomic', true);
  const coloured = (text) => page.evaluate((program) => hljs.highlight('c', program, true).value, text);
  const names = 'and catch class delete final namespace new nullptr operator private this throw try virtual';
  for (const name of names.split(' '))
    for (const text of [`x += ${name} - 1;`, `use(${name}, 1);`, `${name}->next = NULL;`])
      assert.doesNotMatch(await coloured(text), new RegExp(`<span[^>]*>${name}</span>`), text);
  assert.ok((await coloured('new: extern int next(void);')).includes('hljs-title">next<'));
  const keywords = '_Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert ' +
    '_Thread_local restrict return short struct typedef';
  for (const word of keywords.split(' '))
    for (const text of [`static ${word} x;`, `static ${word}(8) x;`, `x = ${word}(y);`])
      assert.ok((await coloured(text)).includes(`<span class="hljs-keyword">${word}</span>`), text);
}));

test('a comment that a piece of a file ends in does not go on in the next', () => withPage('loose', {}, async (page) => {
  const found = (await words(page)).filter(([, word]) => word === 'int');
  assert.strictEqual(found.length, 8 + 12); /* 1 to 8, and 26 to 37 */
  assert.deepStrictEqual(found.filter(([colour]) => colour !== 'hljs-keyword'), []);
}));

test('the foot of the page says whose colours these are', () => withPage('real', {}, async (page) =>
  assert.match(await page.locator('footer').innerText(), /highlight\.js 9\.\d+\.\d+/)));

test('raw output is one click away', () =>
  withPage('real', { hash: '#race/lost-update/drd' }, async (page) => {
    const raw = page.locator('[id="race/lost-update/drd"] details.raw').first();
    assert.ok(!await raw.locator('pre').first().isVisible());
    await raw.locator('summary').click();
    assert.ok((await raw.locator('pre').first().innerText()).length > 100);
  }));
