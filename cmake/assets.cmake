# The files that `hazmat report --format html` puts into its page, embedded by
# harness/report/html/assets.c: where each is, and its SHA-256 for the page's
# Content-Security-Policy. All of it in generated/assets.h.
#
# highlight.js is Debian's: its core and the language C, out of a hundred.
set(HAZMAT_ASSETS "${CMAKE_SOURCE_DIR}/harness/report/assets")
set(HAZMAT_HIGHLIGHT /usr/share/nodejs/highlight.js/lib CACHE PATH "highlight.js 9, from Debian's node-highlight.js")
set(highlight_core "${HAZMAT_HIGHLIGHT}/highlight.js")
set(highlight_c "${HAZMAT_HIGHLIGHT}/languages/cpp.js")
foreach(file IN ITEMS "${highlight_core}" "${highlight_c}")
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "${file} is missing: run `make deps`, or install node-highlight.js")
  endif()
endforeach()

file(READ "${highlight_core}" core)
file(READ "${highlight_c}" language)
set(highlight "${CMAKE_BINARY_DIR}/generated/highlight.js")
file(CONFIGURE OUTPUT "${highlight}" @ONLY CONTENT
"/* highlight.js 9, copyright 2006-2017 Ivan Sagalaev and contributors, BSD 3-clause licence */
(function () { var module = {};
@core@
@language@
hljs.registerLanguage('c', module.exports);
/* Debian keeps this version; what it says of itself is for the console of a developer. */
hljs.configure({hideUpgradeWarningAcceptNoSupportOrSecurityUpdates: true}); }());
")

# One script: what it may run is told by its SHA-256.
set(script "${CMAKE_BINARY_DIR}/generated/report.js")
file(READ "${HAZMAT_ASSETS}/report.js" page)
file(READ "${HAZMAT_ASSETS}/steps.js" steps)
file(WRITE "${script}" "${page}${steps}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             "${HAZMAT_ASSETS}/report.js" "${HAZMAT_ASSETS}/steps.js")

set(HAZMAT_EMBEDDED "")
set(assets "/* Made by cmake/assets.cmake. */\n")
function(hazmat_embed name path)
  file(SHA256 "${path}" hash)
  string(APPEND assets "#define ${name}_PATH \"${path}\"\n#define ${name}_SHA256 \"${hash}\"\n")
  set(assets "${assets}" PARENT_SCOPE)
  set(HAZMAT_EMBEDDED ${HAZMAT_EMBEDDED} "${path}" PARENT_SCOPE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
endfunction()
hazmat_embed(PAGE "${HAZMAT_ASSETS}/page.html")
hazmat_embed(STYLE "${HAZMAT_ASSETS}/report.css")
hazmat_embed(SCRIPT "${script}")
hazmat_embed(HIGHLIGHT "${highlight}")
hazmat_embed(CONCEPTS "${CMAKE_SOURCE_DIR}/docs/concepts.md")
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/generated/assets.h" CONTENT "${assets}")
set_property(SOURCE harness/report/html/assets.c PROPERTY OBJECT_DEPENDS "${HAZMAT_EMBEDDED}")
