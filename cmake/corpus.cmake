# Builds every scenario and its twin, once plain ("native"), once with ThreadSanitizer
# ("tsan") and once for the explorer ("explore"), always by clang:
#   BUILD/bin/FLAVOUR/VARIANT/CLASS/NAME
#
# -gdwarf-4: Valgrind 3.19 cannot read clang's DWARF 5, and then looks clean.
# -O0: what one reads is what runs; a pair may ask for more with `@flags -O2`.

find_program(HAZMAT_CLANG NAMES clang clang-14 clang-15 clang-16 clang-17 clang-18 clang-19 REQUIRED)
set(HAZMAT_CORPUS_FLAGS -std=gnu17 -Wall -Wextra -g -gdwarf-4 -fno-omit-frame-pointer
    -fno-optimize-sibling-calls -pthread)
if(HAZMAT_WERROR)
  list(APPEND HAZMAT_CORPUS_FLAGS -Werror)
endif()

function(hazmat_corpus)
  set(report "${CMAKE_BINARY_DIR}/tsan_report.o")
  set(report_source "${CMAKE_SOURCE_DIR}/harness/detectors/tsan_report.c")
  add_custom_command(OUTPUT "${report}"
    COMMAND ${HAZMAT_CLANG} -std=gnu17 -Wall -Wextra -O1 -g -gdwarf-4 -c "${report_source}" -o "${report}"
    DEPENDS "${report_source}" VERBATIM)

  set(programs "")
  foreach(variant buggy fixed)
    set(folder scenarios)
    if(variant STREQUAL fixed)
      set(folder fixed)
    endif()
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*/*.c")
    # Their @flags and @explore are read here, not when they are compiled.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
    foreach(source IN LISTS sources)
      file(STRINGS "${source}" flags_line REGEX "^ \\* @flags +-O[0-3]" LIMIT_COUNT 1)
      set(optimise -O0)
      if(flags_line MATCHES "(-O[0-3])")
        set(optimise "${CMAKE_MATCH_1}")
      endif()
      # For the explorer some #defines are others: the same source, line by line.
      file(STRINGS "${source}" explore_line REGEX "^ \\* @explore +" LIMIT_COUNT 1)
      string(REGEX MATCHALL "[A-Z0-9_]+=[0-9][0-9.]*L?" explore_defines "${explore_line}")
      get_filename_component(name "${source}" NAME_WE)
      get_filename_component(class_folder "${source}" DIRECTORY)
      get_filename_component(class "${class_folder}" NAME)
      foreach(flavour native tsan explore)
        set(out "${CMAKE_BINARY_DIR}/bin/${flavour}/${variant}/${class}")
        file(MAKE_DIRECTORY "${out}")
        set(extra "")
        set(compiler ${HAZMAT_CLANG})
        set(needs "${report}")
        if(flavour STREQUAL tsan)
          set(extra -fsanitize=thread "${report}")
        elseif(flavour STREQUAL explore)
          set(compiler "${CMAKE_BINARY_DIR}/hazmat" cc)
          set(needs hazmat hazmat-explore)
        endif()
        set(input "${source}")
        if(flavour STREQUAL explore AND explore_defines)
          set(input "${CMAKE_BINARY_DIR}/explore/${variant}/${class}/${name}.c")
          file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/explore/${variant}/${class}")
          set(edits "")
          foreach(define IN LISTS explore_defines)
            string(REPLACE "=" ";" define "${define}")
            list(GET define 0 what)
            list(GET define 1 value)
            list(APPEND edits -e "s/^#define ${what} .*/#define ${what} ${value}/")
          endforeach()
          add_custom_command(OUTPUT "${input}"
            COMMAND sed ${edits} -e "1i #line 1 \"${source}\"" "${source}" > "${input}"
            DEPENDS "${source}" VERBATIM)
          list(APPEND needs "${input}")
        endif()
        add_custom_command(OUTPUT "${out}/${name}"
          COMMAND ${compiler} ${HAZMAT_CORPUS_FLAGS} ${optimise} "${input}" ${extra}
                  -o "${out}/${name}"
          DEPENDS "${source}" ${needs} VERBATIM
          COMMENT "corpus: ${flavour} ${variant} ${class}/${name}")
        list(APPEND programs "${out}/${name}")
      endforeach()
    endforeach()
  endforeach()
  add_custom_target(corpus ALL DEPENDS ${programs} "${report}")
endfunction()
