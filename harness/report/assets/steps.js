/*
 * Steps through a schedule of the explorer, forwards and backwards: buttons above the table,
 * the arrow keys, Home and End, Page Up and Page Down (to the next turn of another thread) while
 * the focus is within. `box` is a div of class hz-steps, as
 * picture_steps.c writes it; without this script its table is there to be read as a whole.
 */
function hzSteps(box) {
  'use strict';
  const rows = Array.from(box.querySelectorAll('tbody tr'));
  if (rows.length === 0 || box.querySelector('.hz-buttons')) return;
  const frame = box.querySelector('.hz-scroll');
  const bar = document.createElement('div');
  const told = document.createElement('p');
  const buttons = {};
  let now = -1;

  bar.className = 'hz-buttons';
  bar.setAttribute('role', 'group');
  bar.setAttribute('aria-label', 'Step through the schedule');
  told.className = 'hz-told';
  told.setAttribute('aria-live', 'polite');
  told.textContent = 'Not begun: the table shows the whole schedule.';

  function text(row) {
    return Array.from(row.querySelectorAll('td')).map(function (cell) { return cell.textContent.trim(); })
      .filter(Boolean).join(' ');
  }

  /* Steps as the first column numbers them; other rows are after the step above them. */
  const numbers = rows.map(function (row) {
    const head = row.querySelector('th');
    return head ? Number(head.textContent) : 0;
  });
  const last = Math.max(...numbers);

  function place(i) {
    if (numbers[i])
      return 'Step ' + numbers[i] + ' of ' + last;
    return 'After step ' + Math.max(0, ...numbers.slice(0, i)) + ' of ' + last;
  }

  function inView(row) { /* within the table's own frame: the page must not jump */
    const space = frame.clientHeight;
    if (row.offsetTop < frame.scrollTop + 40) frame.scrollTop = row.offsetTop - 40;
    else if (row.offsetTop + row.offsetHeight > frame.scrollTop + space)
      frame.scrollTop = row.offsetTop + row.offsetHeight - space;
  }

  function go(to) {
    to = Math.max(0, Math.min(rows.length - 1, to));
    if (now >= 0) rows[now].removeAttribute('aria-current');
    now = to;
    rows.forEach(function (row, i) {
      row.classList.toggle('hz-now', i === now);
      row.classList.toggle('hz-later', i > now);
    });
    rows[now].setAttribute('aria-current', 'step');
    inView(rows[now]);
    const wrong = rows[now].classList.contains('hz-wrong');
    told.textContent = place(now) + (wrong ? ', where it goes wrong: ' : ': ') +
      (rows[now].dataset.thread ? rows[now].dataset.thread + ' ' : '') + text(rows[now]);
    for (const name of ['first', 'before', 'back'])
      buttons[name].disabled = now === 0;
    for (const name of ['on', 'after', 'last'])
      buttons[name].disabled = now === rows.length - 1;
  }

  /* To where another thread goes on, or to the end. */
  function turn(by) {
    const thread = now >= 0 && rows[now].dataset.thread;
    let to = now + by;
    while (rows[to] && rows[to].dataset.thread === thread)
      to += by;
    go(to);
  }

  const ways = {
    first: ['|◀ first', 'Home', function () { go(0); }],
    before: ['◀◀ other thread', 'PageUp', function () { turn(-1); }],
    back: ['◀ back', 'ArrowLeft', function () { go(now - 1); }],
    on: ['on ▶', 'ArrowRight', function () { go(now + 1); }],
    after: ['other thread ▶▶', 'PageDown', function () { turn(1); }],
    last: ['last ▶|', 'End', function () { go(rows.length - 1); }]
  };
  Object.keys(ways).forEach(function (name) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = ways[name][0];
    button.setAttribute('aria-keyshortcuts', ways[name][1]);
    button.addEventListener('click', ways[name][2]);
    buttons[name] = button;
    bar.append(button);
  });
  box.addEventListener('keydown', function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    Object.keys(ways).forEach(function (name) {
      if (event.key !== ways[name][1]) return;
      event.preventDefault();
      event.stopPropagation();
      ways[name][2]();
    });
  });
  box.prepend(bar, told);
}
