# CPack runs this on the staged files, before it packs them: what Debian's policy asks of a package,
# and times that do not depend on when it was built.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

if(CPACK_GENERATOR STREQUAL "DEB")
  set(share ${root}/usr/share)
  set(documents ${share}/doc/prober)
  file(REMOVE ${documents}/LICENSE) # in /usr/share/common-licenses
  file(COPY ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION ${documents})
  file(RENAME ${documents}/CHANGELOG.md ${documents}/changelog)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/changelog.in changelog)
  string(REPLACE "@VERSION@" ${CPACK_PACKAGE_VERSION}-1 changelog "${changelog}")
  string(REPLACE "@MAINTAINER@" "${CPACK_DEBIAN_PACKAGE_MAINTAINER}" changelog "${changelog}")
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # by SOURCE_DATE_EPOCH
  string(REPLACE "@DATE@" ${date} changelog "${changelog}")
  file(WRITE ${documents}/changelog.Debian "${changelog}")
  file(MAKE_DIRECTORY ${share}/zsh/vendor-completions)
  file(RENAME ${share}/zsh/site-functions/_prober ${share}/zsh/vendor-completions/_prober)
  file(REMOVE_RECURSE ${share}/zsh/site-functions)
  run(gzip -9n ${documents}/changelog ${documents}/changelog.Debian ${share}/man/man1/prober.1
    ${share}/man/man5/prober.yaml.5)
endif()

run(chmod -R u=rwX,go=rX ${root})
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  run(find ${root} -exec touch -h -d @$ENV{SOURCE_DATE_EPOCH} {} +)
endif()
