# highlight.js as the report was made and tested with, which is Debian 12's: reads its files
# into highlight_core and highlight_language. Others are a warning, none is an error.
#
# By itself, for tests:   cmake -DHAZMAT_HIGHLIGHT=FOLDER -P highlight.cmake
set(HAZMAT_HIGHLIGHT /usr/share/nodejs/highlight.js/lib CACHE PATH "highlight.js 9, from Debian's node-highlight.js")
set(highlight_tested 9.18.5)
set(highlight_files "${HAZMAT_HIGHLIGHT}/highlight.js" "${HAZMAT_HIGHLIGHT}/languages/cpp.js")
set(highlight_hashes
  f45005837ab925edff5c1d6fa7adc0d45d0afd4141222c41ef13e77c167c967e
  7ce5052df9fc14c48e78a5fdb892ff3fa728bd40ca333d6628488d85ba71d17a)

set(highlight_package "${HAZMAT_HIGHLIGHT}/../package.json")
foreach(file IN LISTS highlight_package highlight_files)
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "${file} is missing: run `make deps`, or install node-highlight.js")
  endif()
endforeach()
file(READ "${highlight_package}" package)
string(JSON highlight_version ERROR_VARIABLE problem GET "${package}" version)
if(NOT highlight_version MATCHES "^9\\.[0-9.]+$")
  message(FATAL_ERROR "${HAZMAT_HIGHLIGHT} is highlight.js \"${highlight_version}\", and the report "
    "needs 9: install Debian's node-highlight.js ${highlight_tested}, and give its lib by "
    "-DHAZMAT_HIGHLIGHT=FOLDER")
endif()
foreach(file hash IN ZIP_LISTS highlight_files highlight_hashes)
  file(SHA256 "${file}" found)
  if(NOT found STREQUAL hash)
    message(WARNING "${file} (version ${highlight_version}) is not that of ${highlight_tested} with which "
      "the report was tested: run `ctest -R test_browser`, and if it passes put its SHA-256 ${found} "
      "into cmake/highlight.cmake")
  endif()
endforeach()
list(GET highlight_files 0 file)
file(READ "${file}" highlight_core)
list(GET highlight_files 1 file)
file(READ "${file}" highlight_language)
