/*
 * C, made of highlight.js's C++ (`module.exports`), for which `struct` opens a class: all to the
 * next brace or semicolon is a name then, which colours most of a declaration in C. Containers
 * of C++ are names like others here: a queue, a list, a set. So is `new`.
 */
hljs.registerLanguage('c', function (hljs) {
  'use strict';
  const c = module.exports(hljs);
  c.contains = c.contains.filter(function (mode) {
    return mode.className ? mode.className !== 'class' : mode.variants;
  });
  /* All modes have this one object. Below C17's keywords are the words that its headers add. */
  c.keywords.keyword = 'auto break case char const continue default do double else enum extern ' +
    'float for goto if inline int long register restrict return short signed sizeof static ' +
    'struct switch typedef union unsigned void volatile while _Alignas _Alignof _Atomic _Bool ' +
    '_Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local ' +
    'alignas alignof bool noreturn static_assert thread_local ' +
    'atomic_bool atomic_char atomic_schar atomic_uchar atomic_short atomic_ushort atomic_int ' +
    'atomic_uint atomic_long atomic_ulong atomic_llong atomic_ullong';
  c.keywords.literal = 'true false NULL';
  delete c.keywords.built_in;
  c.contains.forEach(function (mode) {
    (mode.variants || []).forEach(function (variant) {
      if (variant.beginKeywords) /* what follows one is no declaration */
        variant.beginKeywords = 'return else';
    });
    if (mode.className === 'function') /* `_Atomic(int)` and `_Alignas(8)` look like a title */
      mode.contains.forEach(function (part) {
        if (part.returnBegin)
          part.contains[0].keywords = c.keywords;
      });
  });
  return c;
});
