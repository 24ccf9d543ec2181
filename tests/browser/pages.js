'use strict';
/*
 * The pages that are tested, each made by `hazmat report` of an event stream:
 *
 *   real      what `hazmat check` says of a few pairs of each class
 *   large     150 pairs x 2 variants x 6 detectors, with a bit of every verdict
 *   compared  the real one against one in which other things happened
 *   loose     a program of one's own, whose source is shown in two pieces
 *   hostile   markup, control characters and endless text wherever a tool's or a program's go; compared, too
 *   harmless  the same stream with x in place of each of those characters
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const BUILD = process.env.HAZMAT_BUILD;
const SOURCE = path.resolve(__dirname, '../..');
const FOLDER = path.join(BUILD, 'tests/browser/pages');
const DETECTORS = ['bare', 'tsan', 'helgrind', 'drd', 'watchdog', 'explorer'];
const CLASSES = ['race', 'deadlock', 'starvation'];

/* Between them every detector finds something, and the explorer two schedules. */
const SELECTED = 'lost-update or transfer-meet or transfer-order or pipes-both-full or lock-hog';

const pagePath = (name) => path.join(FOLDER, name + '.html');
const streamPath = (name) => path.join(FOLDER, name + '.jsonl');

const readStream = (name) => fs.readFileSync(streamPath(name), 'utf8').trim().split('\n')
  .map((line) => JSON.parse(line));

/* Status 1 and 3 say that some cell surprised or broke: they are in the page like others. */
function hazmat(...args) {
  const done = spawnSync(path.join(BUILD, 'hazmat'), args, { encoding: 'utf8' });
  if (![0, 1, 3].includes(done.status))
    throw new Error(`hazmat ${args.join(' ')}: status ${done.status}\n${done.stderr}`);
}

/* ---- the corpus, read here a second time: by what its files say, not by what hazmat says ---- */

function readProgram(file) {
  const text = fs.readFileSync(file, 'utf8');
  const header = text.indexOf('*/\n') + 3;
  const marked = [];
  text.split('\n').forEach((line, i) => { if (/\/[/*] HAZARD/.test(line)) marked.push(i + 1); });
  return { text, body: text.slice(header), marked };
}

function readPairs(corpus = SOURCE) {
  const pairs = [];
  for (const kind of CLASSES)
    for (const name of fs.readdirSync(path.join(corpus, 'scenarios', kind))) {
      const buggy = readProgram(path.join(corpus, 'scenarios', kind, name));
      const concepts = /@concept\s+(.*)/.exec(buggy.text)[1].split(',').map((word) => word.trim());
      pairs.push({ id: `${kind}/${name.slice(0, -2)}`, class: kind, concepts, buggy,
        fixed: readProgram(path.join(corpus, 'fixed', kind, name)) });
    }
  const place = (pair) => CLASSES.indexOf(pair.class) + pair.id;
  return pairs.sort((a, b) => (place(a) < place(b) ? -1 : 1)); /* as the page has them */
}

/* ---- streams ---- */

const START = { type: 'start', version: 1, command: 'check',
  environment: { hazmat: '0', when: '2026-01-01T00:00:00Z', processors: 2 } };
const END = { type: 'end', complete: true, seconds: 1 };

function run(pair, variant, detector, verdict, more) {
  return { type: 'run', pair: pair.id, detector, repetition: 1, judged: true, class: pair.class,
    variant, verdict, findings: [],
    outcome: { end: 'exited', status: 0, seconds: 0.1, cpu_seconds: 0.1, peak_kib: 2048 }, ...more };
}
function thread(id, role, file, line) {
  return { id, role, stack: [{ function: 'work', file, line }, { function: 'main', file, line: line + 3 }] };
}
function finding(detector, kind, file, line) {
  return { detector, class: kind, kind: 'data-race', sure: 'certain', times: 1, summary: 'what was seen',
    threads: [thread('T1', 'writes', file, line), thread('T2', 'reads', file, line)] };
}
/* A circle of two; a schedule; two that share a lock badly: what pictures are made of. */
function circle(one, kind, name) {
  one.threads.forEach((party, i) => Object.assign(party, { waits_on: [1 - i],
    holds: [{ kind, name: `${name}${i}`, taken_at: party.stack[0] }],
    waits_for: { kind, name: `${name}${1 - i}` } }));
  return one;
}
const schedule = (what, file, n) => Array.from({ length: n }, (_, i) => ({ number: i + 1, thread: i % 3,
  act: ['step', 'takes', 'lets-go', 'waits', 'others'][i % 5], what, object: what, function: what, file,
  line: 40 + i % 9, source: what, wrong: i === n - 1 }));
const sharing = (name) => ({ unit: 'us', length: 1000, threads: [{ id: '1', name }, { id: '2', name }],
  intervals: Array.from({ length: 60 }, (_, i) => ({ thread: i % 2, from: i * 15, to: i * 15 + 14, lock: name,
    state: ['holding', 'waiting', 'running', 'passed'][i % 4], times: 2 })) });

function writeStream(name, events) {
  fs.writeFileSync(streamPath(name), events.map((event) => JSON.stringify(event) + '\n').join(''));
}

/* ---- the large one ---- */

/* A corpus of 150: this one's programs, some of them more than once. */
function makeCorpus(folder) {
  const pairs = readPairs();
  for (let i = 0; i < 150; ++i) {
    const pair = pairs[i % pairs.length];
    for (const part of ['scenarios', 'fixed']) {
      fs.mkdirSync(path.join(folder, part, pair.class), { recursive: true });
      fs.copyFileSync(path.join(SOURCE, part, pair.id + '.c'),
        path.join(folder, part, `${pair.id}${i < pairs.length ? '' : '-again'}.c`));
    }
  }
}

/* What stands in the cell of pair i: mostly `caught` at the first marked line and a clean twin. */
function largeVerdict(i, detector) {
  const odd = { 1: ['drd', 'missed'], 2: ['helgrind', 'false-alarm'], 3: ['tsan', 'broken'],
    4: ['explorer', 'blind'], 5: ['watchdog', 'surprise'] }[i % 10];
  return odd && odd[0] === detector ? odd[1] : 'caught';
}
function largeRuns(pair, i, detector) {
  const verdict = largeVerdict(i, detector);
  const line = pair.buggy.marked[0];
  const found = (variant, at) => [finding(detector, pair.class, `/elsewhere/${variant}/${pair.id}.c`, at)];
  const caught = verdict === 'caught' || verdict === 'false-alarm';
  const buggy = run(pair, 'buggy', detector, caught ? 'caught' : verdict === 'broken' ? 'broken' : 'missed');
  if (caught)
    Object.assign(buggy, { decided_by: 0, line, findings: found('scenarios', line) });
  if (caught && detector === 'watchdog' && pair.class === 'deadlock')
    circle(buggy.findings[0], 'mutex', 'lock ');
  if (caught && detector === 'watchdog' && pair.class === 'starvation')
    buggy.timeline = sharing('plate');
  if (caught && detector === 'explorer')
    buggy.steps = schedule('reads balance = 100', `/elsewhere/scenarios/${pair.id}.c`, 30);
  if (verdict === 'broken')
    buggy.broken = 'it crashed';
  if (verdict === 'blind' || verdict === 'surprise')
    Object.assign(buggy, { expected: verdict === 'blind' ? 'blind' : 'caught', why: 'it is so' });
  const fixed = run(pair, 'fixed', detector, verdict === 'false-alarm' ? verdict : 'clean');
  if (verdict === 'false-alarm')
    fixed.findings = found('fixed', pair.fixed.text.split('\n').length - 8);
  return [buggy, fixed];
}
function writeLarge(corpus) {
  const events = [START];
  const raw = path.join(FOLDER, 'raw');
  fs.mkdirSync(raw, { recursive: true });
  fs.writeFileSync(path.join(raw, 'log'), '<frame><ip>0x109331</ip><fn>work</fn></frame>\n'.repeat(600));
  readPairs(corpus).forEach((pair, i) => {
    events.push(run(pair, 'buggy', 'bare', 'went-wrong', { raw: 'raw' }),
      run(pair, 'fixed', 'bare', 'clean', { raw: 'raw' }));
    for (const detector of DETECTORS.slice(1))
      events.push(...largeRuns(pair, i, detector).map((one) => ({ ...one, raw: 'raw' })));
  });
  writeStream('large', [...events, END]);
}
function report(name, ...args) {
  hazmat('report', ...args, '--format', 'html', '-o', pagePath(name), streamPath(name));
  fs.accessSync(pagePath(name)); /* made new: run.sh has emptied the folder */
}
function makeLarge() {
  const corpus = path.join(FOLDER, 'corpus');
  makeCorpus(corpus);
  writeLarge(corpus);
  report('large', '--corpus', corpus);
}

/* One pair of it, to compare with. */
function makeSmall() {
  const events = readStream('large');
  writeStream('small', events.filter((event) => event.type !== 'run' || event.pair === events[1].pair));
  report('small');
}

/* ---- of one's own program ---- */

/* The first piece ends within a comment. */
function makeLoose() {
  const file = path.join(FOLDER, 'loose.c');
  const lines = Array.from({ length: 40 }, (_, i) => `int a${i + 1};`);
  lines[8] = '/* goes on';
  lines[19] = '*/';
  fs.writeFileSync(file, lines.join('\n') + '\n');
  const found = finding('watchdog', 'deadlock', file, 5);
  found.threads[1] = thread('T2', 'reads', file, 30);
  writeStream('loose', [START, run({ id: './loose' }, undefined, 'watchdog', undefined,
    { judged: false, findings: [found] }), END]);
  report('loose');
}

/* ---- the hostile one ---- */

const HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\' onload=\'alert(3)\' ' +
  'autofocus <!--]]></style></template></title></textarea><svg onload=alert(4)></table></section>' +
  '<a href=javascript:alert(5)>&lt;&#60;{{script}}\u001b[2J\r\u0007\u202e';
const asHarmless = (text) => text.replace(/[^\n]/g, 'x');

function fillFinding(said, file) {
  const threads = [thread(said, said, said, 5), thread(said + '2', said, file, 2)];
  for (const one of threads)
    Object.assign(one, { name: said, waited: 1 });
  threads[0].stack.push({ function: said, module: said });
  return circle({ detector: said, class: 'deadlock', kind: said, sure: 'certain', times: 1, summary: said,
    threads }, said, said);
}
function fillRun(pair, said, file, more) {
  const picture = { steps: schedule(said, file, 9), timeline: sharing(said) };
  const outcome = { end: 'exited', status: 0, seconds: 0.1, cpu_seconds: 0.1, peak_kib: 1, reason: said,
    out: { head: said, dropped: 0, tail: said }, err: { head: said, dropped: 3, tail: said },
    leaks: [{ pid: 7, name: said }] };
  return { type: 'run', pair, detector: said, repetition: 1, findings: [fillFinding(said, file)], outcome,
    broken: said, hang: said, explored: said, why: said, raw: said, ...picture, ...more };
}
/* A line of 10 MB, where a detector and where a program may write one. */
function endlessRun(said, file, endless) {
  const one = fillRun('./endless', said, file, { judged: false });
  one.findings[0].summary = endless;
  one.outcome.out.head = endless;
  return one;
}
function writeHostile(name, said, endless) {
  const file = path.join(FOLDER, name + '.c');
  fs.writeFileSync(file, `/* ${said}\n*/ int a; /* ${said} */\nchar *b = "${said}";\n`);
  const judged = (variant, verdict) => fillRun('race/' + said, said, file,
    { judged: true, class: 'race', variant, verdict, expected: 'caught' });
  const environment = { hazmat: said, when: said, processors: 2, system: said, release: said, machine: said,
    detectors: { [said]: { usable: false, version: said, problem: said } } };
  const start = { ...START, command: said, environment };
  const old = fillRun(said, said, file, { judged: false });
  old.findings[0].kind += said;
  writeStream(name + '-old', [start, judged('buggy', 'missed'), old, END]);
  writeStream(name, [start, judged('buggy', 'caught'), judged('fixed', 'false-alarm'),
    fillRun(said, said, file, { judged: false }), endlessRun(said, file, endless), END]);
  report(name, '--against', streamPath(name + '-old'));
}
function makeHostile() {
  const endless = HOSTILE.repeat(Math.ceil(1e7 / HOSTILE.length));
  writeHostile('hostile', HOSTILE, endless);
  writeHostile('harmless', asHarmless(HOSTILE), asHarmless(endless));
}

/* ---- the real one ---- */

function makeReal() {
  const results = path.join(FOLDER, 'results');
  hazmat('check', '-k', SELECTED, '--results', results, '--color', 'never');
  const latest = fs.realpathSync(path.join(results, 'latest'));
  fs.copyFileSync(path.join(latest, 'report.html'), pagePath('real'));
  fs.copyFileSync(path.join(latest, 'events.jsonl'), streamPath('real'));
}

/* As if another version had missed what one detector catches, and one pair were new. */
function makeCompared() {
  const missed = { verdict: 'missed', findings: [], decided_by: undefined, line: undefined };
  writeStream('compared-old', readStream('real').filter((event) => event.pair !== 'starvation/lock-hog')
    .map((event) => (event.verdict === 'caught' && event.detector === 'tsan' ? { ...event, ...missed } : event)));
  fs.copyFileSync(streamPath('real'), streamPath('compared'));
  report('compared', '--against', streamPath('compared-old'));
}

/* A page of its own stream, made twice more. */
function makeTwice(name) {
  const pages = [1, 2].map((i) => {
    const file = path.join(FOLDER, `${name}-${i}.html`);
    hazmat('report', '--format', 'html', '-o', file, streamPath(name));
    return fs.readFileSync(file);
  });
  return { graphs: String(pages[0]).split('<svg class="hz-graph"').length - 1, pages };
}

module.exports = { BUILD, SOURCE, FOLDER, DETECTORS, CLASSES, HOSTILE, pagePath, streamPath, readStream,
  readPairs, largeVerdict, makeLarge, makeSmall, makeLoose, makeHostile, makeReal, makeCompared, makeTwice };
