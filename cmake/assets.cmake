# The files that `hazmat report --format html` puts into its page, embedded by
# harness/report/html/assets.c: where each is, and its SHA-256 for the page's
# Content-Security-Policy. All of it in generated/assets.h.
#
# highlight.js is Debian's: its core and the language C++, out of a hundred, of which
# assets/c.js makes C.
set(HAZMAT_ASSETS "${CMAKE_SOURCE_DIR}/harness/report/assets")
include("${CMAKE_CURRENT_LIST_DIR}/highlight.cmake")
file(READ "${HAZMAT_ASSETS}/c.js" c)
set(highlight "${CMAKE_BINARY_DIR}/generated/highlight.js")
file(CONFIGURE OUTPUT "${highlight}" @ONLY CONTENT
"/* highlight.js @highlight_version@, copyright 2006-2017 Ivan Sagalaev and contributors, BSD 3-clause licence */
(function () { var module = {};
@highlight_core@
@highlight_language@
@c@
/* Debian keeps this version; what it says of itself is for the console of a developer. */
hljs.configure({hideUpgradeWarningAcceptNoSupportOrSecurityUpdates: true}); }());
")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             "${HAZMAT_ASSETS}/c.js" "${highlight_package}" ${highlight_files})

# One script: what it may run is told by its SHA-256.
set(script "${CMAKE_BINARY_DIR}/generated/report.js")
file(READ "${HAZMAT_ASSETS}/report.js" page)
file(READ "${HAZMAT_ASSETS}/steps.js" steps)
file(WRITE "${script}" "${page}${steps}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             "${HAZMAT_ASSETS}/report.js" "${HAZMAT_ASSETS}/steps.js")

set(HAZMAT_EMBEDDED "")
set(assets "/* Made by cmake/assets.cmake. */\n#define HIGHLIGHT_VERSION \"${highlight_version}\"\n")
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
