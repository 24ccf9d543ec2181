/*
 * C, made of highlight.js's C++ (`module.exports`), for which `struct` opens a class: all to the
 * next brace or semicolon is a name then, which colours most of a declaration in C. Containers
 * of C++ are names like others here: a queue, a list, a set.
 */
hljs.registerLanguage('c', function (hljs) {
  'use strict';
  const c = module.exports(hljs);
  c.contains = c.contains.filter(function (mode) {
    return mode.className ? mode.className !== 'class' : mode.variants;
  });
  c.keywords.keyword += ' struct class short wchar_t'; /* the last two are one word there */
  c.keywords.built_in = '_Bool _Complex _Imaginary';
  return c;
});
