# PREFIX/bin/hazmat finds the rest relative to itself: see harness/cli/home.h.
set(HAZMAT_SHARE share/hazmat)
set(HAZMAT_LIB lib/hazmat)
install(TARGETS hazmat RUNTIME DESTINATION bin)
install(TARGETS hazmat-watch hazmat-explore LIBRARY DESTINATION "${HAZMAT_LIB}")
install(DIRECTORY "${CMAKE_BINARY_DIR}/bin" DESTINATION "${HAZMAT_LIB}" USE_SOURCE_PERMISSIONS)
install(DIRECTORY scenarios fixed DESTINATION "${HAZMAT_SHARE}")
install(FILES README.md LICENSE DESTINATION share/doc/hazmat)
install(DIRECTORY docs DESTINATION share/doc/hazmat)

foreach(what man bash zsh)
  add_custom_command(OUTPUT "${CMAKE_BINARY_DIR}/generated/hazmat.${what}"
    COMMAND hazmat --generate ${what} > "${CMAKE_BINARY_DIR}/generated/hazmat.${what}"
    DEPENDS hazmat VERBATIM)
  list(APPEND HAZMAT_GENERATED "${CMAKE_BINARY_DIR}/generated/hazmat.${what}")
endforeach()
add_custom_target(generated ALL DEPENDS ${HAZMAT_GENERATED})
install(FILES "${CMAKE_BINARY_DIR}/generated/hazmat.man"
        DESTINATION share/man/man1 RENAME hazmat.1)
install(FILES "${CMAKE_BINARY_DIR}/generated/hazmat.bash"
        DESTINATION share/bash-completion/completions RENAME hazmat)
install(FILES "${CMAKE_BINARY_DIR}/generated/hazmat.zsh"
        DESTINATION share/zsh/site-functions RENAME _hazmat)
