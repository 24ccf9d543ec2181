'use strict';
/*
 * What the page does beyond being read: one view at a time (all pairs, one pair, the ideas),
 * filters, the choice of a detector by the address, colours of C, keys. It makes no text of
 * its own out of what the page holds but by textContent, and highlight.js's, which escapes.
 */
(function () {
  const root = document.documentElement;
  root.classList.add('js');

  /* ---- what is remembered from one look to the next, where the browser allows it ---- */
  function recall(key) {
    try { return localStorage.getItem('hazmat-' + key); } catch (refused) { return null; }
  }
  function remember(key, value) {
    try { localStorage.setItem('hazmat-' + key, value); } catch (refused) { /* then not */ }
  }

  function setTheme(theme) {
    if (theme === 'light' || theme === 'dark')
      root.dataset.theme = theme;
  }
  function otherTheme() {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches;
    setTheme(dark ? 'light' : 'dark');
    remember('theme', root.dataset.theme);
  }
  setTheme(recall('theme'));

  /* ---- colours ---- */

  /* The lines of highlighted text: what is open at the end of one is opened again in the next. */
  function linesOf(markup) {
    const open = [];
    return markup.split('\n').map(function (line) {
      const before = open.join('');
      for (const tag of line.match(/<\/?span[^>]*>/g) || [])
        tag[1] === '/' ? open.pop() : open.push(tag);
      return before + line + '</span>'.repeat(open.length);
    });
  }
  /* Pieces of a file, each from line to line without a gap: nothing is open from one to the next. */
  function piecesOf(cells) {
    const pieces = [];
    cells.forEach(function (cell, i) {
      if (i === 0 || Number(cell.dataset.n) !== Number(cells[i - 1].dataset.n) + 1)
        pieces.push([]);
      pieces[pieces.length - 1].push(cell);
    });
    return pieces;
  }
  function colour(cells) {
    const text = cells.map(function (cell) { return cell.textContent; }).join('\n');
    linesOf(hljs.highlight('c', text, true).value).forEach(function (line, i) {
      (cells[i].querySelector('del, ins') || cells[i]).innerHTML = line;
    });
  }
  function colourAll(section) {
    if (section.dataset.coloured)
      return;
    section.dataset.coloured = 'yes';
    for (const table of section.querySelectorAll('.code'))
      for (const side of ['first', 'last']) {
        const cells = table.querySelectorAll('td[data-n]:' + side + '-child:not(.seen)');
        for (const cell of cells)
          cell.classList.add('seen');
        piecesOf([...cells]).forEach(colour);
      }
  }

  /* ---- views ---- */
  let pairs, current = null;

  function label(view) {
    for (const link of document.querySelectorAll('nav a'))
      link.toggleAttribute('aria-current', view !== 'pair' && link.dataset.view === view &&
        (link.hash === location.hash || (link.hash === '#matrix' && view === 'over' &&
         !document.querySelector('nav a[href="' + CSS.escape(location.hash) + '"]'))));
  }
  function detectorOf(section, name) {
    for (const radio of section.querySelectorAll('input[type=radio]'))
      if (radio.value !== 'all' && radio.parentNode.textContent.trim() === name)
        return radio;
    return null;
  }
  function choose(section, element) {
    const name = element.id.slice(section.id.length + 1);
    const radio = element === section ? null : detectorOf(section, name);
    if (radio)
      radio.checked = true;
    else if (element.classList.contains('det'))
      section.querySelector('input[value=all]').checked = true;
  }

  /* ---- what the chosen detector did, in a line below the title ---- */

  function link(id, text) {
    const element = document.createElement('a');
    element.setAttribute('href', '#' + id);
    element.textContent = text;
    return element;
  }
  /* The lines of the buggy program that its notes stand on; the marked ones, if any is. */
  function linesOfNotes(section, value) {
    const notes = [...section.querySelectorAll('.code .w td:first-child .n.' + value)];
    const cells = notes.map(function (note) {
      return note.closest('tr').previousElementSibling.cells[0];
    });
    const marked = cells.filter(function (cell) { return cell.classList.contains('m'); });
    return marked.length ? marked : cells;
  }
  function tell(section) {
    const radio = section.querySelector('input[type=radio]:checked');
    const row = radio.closest('tr');
    let told = section.querySelector('.told');
    if (!told) {
      told = document.createElement('p');
      told.className = 'told';
      section.querySelector('h2').after(told);
    }
    told.hidden = !row;
    if (!row)
      return;
    const name = radio.parentNode.textContent.trim();
    const verdicts = [...row.querySelectorAll('b.v')].map(function (one) { return one.cloneNode(true); });
    const places = linesOfNotes(section, radio.value).flatMap(function (cell, i) {
      return [i ? ', ' : ' at line ', link(cell.id, cell.dataset.n)];
    });
    told.replaceChildren(name, ' on the buggy program: ', verdicts[0], ...places, '; on its twin: ', verdicts[1],
      '. ', link(section.id + '/' + name, 'What it said'));
  }

  /* A line, or what a detector said; who comes from elsewhere sees first which pair it is. */
  function look(section, element, same) {
    if (element.matches('td'))
      return element.scrollIntoView({block: 'center'});
    if (element.matches('.det') && same)
      return element.scrollIntoView();
    scrollTo(0, 0);
    const title = section.querySelector('h2');
    title.tabIndex = -1;
    title.focus({preventScroll: true});
  }
  /* A browser goes to the address's place itself, in the next frame if that was not shown before. */
  function afterFrame(act) {
    requestAnimationFrame(function () { setTimeout(act); });
  }
  function showPair(section, element) {
    const hash = location.hash;
    const same = current === section;
    for (const other of document.querySelectorAll('.pair.on'))
      other.classList.toggle('on', other === section);
    current = section;
    section.classList.add('on');
    root.dataset.view = 'pair';
    label('pair');
    document.title = 'Hazmat: ' + section.id;
    colourAll(section);
    section.querySelectorAll('.hz-steps').forEach(hzSteps);
    choose(section, element);
    tell(section);
    look(section, element, same);
    afterFrame(function () {
      if (current === section && location.hash === hash)
        look(section, element, same);
    });
  }
  /* The ids that an address leads to: its own, or those of pairs that it gives without class. */
  function idsOf(address) {
    if (address === '' || document.getElementById(address))
      return [address];
    return [...pairs].map(function (pair) {
      return pair.id.slice(0, pair.id.indexOf('/') + 1) + address;
    }).filter(function (id, i, all) { return all.indexOf(id) === i && document.getElementById(id); });
  }
  function sayUnknown(address, ids) {
    const name = address.length > 200 ? address.slice(0, 200) + '…' : address;
    document.getElementById('unknown').textContent = ids.length === 1 ? ''
      : ids.length ? 'More than one pair is called ' + name + ': ' + ids.join(', ')
        : 'No such pair: ' + name;
  }
  function show() {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch (broken) { /* as it stands */ }
    const ids = idsOf(id);
    sayUnknown(id, ids);
    if (ids.length === 1 && ids[0] !== id)
      return location.replace('#' + ids[0]); /* and here again */
    const element = document.getElementById(id);
    const section = element && element.closest('main > .pair');
    if (section)
      return showPair(section, element);
    current = null;
    root.dataset.view = element && element.closest('.ideas') ? 'ideas' : 'over';
    document.title = title;
    label(root.dataset.view);
    if (root.dataset.view === 'over') {
      document.querySelectorAll('.loose').forEach(colourAll);
      document.querySelectorAll('.loose .hz-steps').forEach(hzSteps);
    }
    if (element && id !== 'top')
      element.scrollIntoView();
    else
      scrollTo(0, 0);
  }
  const title = document.title;

  /* ---- the filter ---- */
  let form, rows = [];

  function rowMatches(row, wanted, column) {
    const cells = [...row.cells].slice(1);
    const looked = column < 0 ? cells : [cells[column]];
    if (wanted.class && row.parentNode.dataset.class !== wanted.class)
      return false;
    if (wanted.idea && !row.dataset.idea.split(' ').includes(wanted.idea))
      return false;
    if (!wanted.text.split(/\s+/).every(function (word) {
      return (row.dataset.text + row.dataset.idea).includes(word);
    }))
      return false;
    return !wanted.verdict || looked.some(function (cell) {
      return [...cell.querySelectorAll('b')].some(function (word) {
        return wanted.verdict === 'not as expected' ? word.className === 'surprise'
          : word.textContent.startsWith(wanted.verdict);
      });
    });
  }
  function filter() {
    const wanted = Object.fromEntries(new FormData(form));
    wanted.text = wanted.text.trim().toLowerCase();
    const column = form.elements.detector.selectedIndex - 1;
    let n = 0;
    for (const row of rows) {
      row.hidden = !rowMatches(row, wanted, column);
      n += !row.hidden;
    }
    for (const row of document.querySelectorAll('.matrix tr:not(.class)'))
      for (const cell of [...row.cells].slice(1))
        cell.hidden = column >= 0 && cell.cellIndex !== column + 1;
    for (const body of document.querySelectorAll('.matrix tbody'))
      body.hidden = !body.querySelector('tr[data-text]:not([hidden])');
    form.querySelector('output').textContent = n === rows.length ? '' : n + ' of ' + rows.length + ' pairs';
  }

  /* ---- from pair to pair, in the order of the rows that the filter leaves ---- */
  function move(by) {
    const ids = rows.filter(function (row) { return !row.hidden; }).map(function (row) {
      return row.querySelector('th a').getAttribute('href');
    });
    const at = root.dataset.view === 'pair' ? ids.indexOf('#' + current.id) : -1;
    const next = at < 0 ? (by > 0 ? 0 : ids.length - 1) : at + by;
    if (ids[next])
      location.hash = ids[next];
  }
  function nextDetector() {
    if (root.dataset.view !== 'pair')
      return;
    const radios = [...current.querySelectorAll('input[type=radio]')];
    const at = radios.findIndex(function (radio) { return radio.checked; });
    const next = radios[(at + 1) % radios.length];
    next.checked = true;
    next.focus();
    chosen({target: next});
  }
  /* The address says whose findings are shown. */
  function chosen(event) {
    const radio = event.target;
    if (radio.type !== 'radio' || !current)
      return;
    tell(current);
    const row = radio.closest('tr');
    const hash = row ? row.querySelector('td a').getAttribute('href') : '#' + current.id;
    history.replaceState(null, '', hash);
  }

  /* ---- keys ---- */
  function goTo(id) {
    if (document.getElementById(id))
      location.hash = id;
  }
  function focusFilter() {
    if (!form)
      return;
    if (root.dataset.view !== 'over')
      location.hash = '#matrix';
    setTimeout(function () { form.elements.text.focus(); });
  }
  const keys = {
    j: function () { move(1); }, k: function () { move(-1); },
    ArrowRight: function () { move(1); }, ArrowLeft: function () { move(-1); },
    d: nextDetector, t: otherTheme, '/': focusFilter,
    m: function () { goTo('matrix'); }, i: function () { goTo('ideas'); },
    '?': function () { document.getElementById('keys').showModal(); }
  };
  function pressed(event) {
    const element = event.target;
    if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(keys, event.key) ||
        document.querySelector('dialog[open]') ||
        element.matches('input:not([type=radio]), select, textarea'))
      return;
    if (event.key.length > 1 && element.matches('input, pre, .wide'))
      return; /* an arrow chooses, or scrolls */
    if (event.key.length === 1 && !document.getElementById('single').checked)
      return;
    event.preventDefault();
    keys[event.key]();
  }

  function start() {
    const single = document.getElementById('single');
    pairs = document.querySelectorAll('main > .pair');
    form = document.getElementById('filter');
    rows = [...document.querySelectorAll('.matrix tr[data-text]')];
    document.querySelector('.tools').hidden = false;
    for (const [id, act] of [['before', keys.k], ['after', keys.j], ['theme', otherTheme],
                             ['help', keys['?']]])
      document.getElementById(id).addEventListener('click', act);
    document.getElementById('before').hidden = document.getElementById('after').hidden =
      pairs.length === 0;
    if (form) {
      form.hidden = false;
      form.addEventListener('input', filter);
      form.addEventListener('reset', function () { setTimeout(filter); });
      form.addEventListener('submit', function (event) { event.preventDefault(); });
    }
    single.checked = recall('single') !== 'no';
    single.addEventListener('change', function () {
      remember('single', single.checked ? 'yes' : 'no');
    });
    document.addEventListener('change', chosen);
    document.addEventListener('keydown', pressed);
    addEventListener('hashchange', show);
    show();
    /* A browser goes to the address's place itself when all is loaded: here it goes on. */
    addEventListener('load', function () { setTimeout(function () { current = null; show(); }); });
  }
  document.addEventListener('DOMContentLoaded', start);
}());
