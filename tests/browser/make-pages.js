'use strict';
/* Before the tests: their pages. */
const fs = require('node:fs');
const pages = require('./pages.js');

fs.mkdirSync(pages.FOLDER, { recursive: true });
pages.makeLarge();
pages.makeLoose();
pages.makeHostile();
pages.makeReal();
pages.makeCompared();
