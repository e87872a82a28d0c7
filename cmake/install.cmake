# cmake --install: headers, library, and what finds them: the package config behind
# find_package(wick CONFIG), and wick.pc for pkg-config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/wick)

install(DIRECTORY include/wick DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS wick EXPORT wickTargets)
if(WICK_BUILD_CLI)
  set(origin "$ORIGIN")
  if(APPLE)
    set(origin "@loader_path")
  endif()
  file(RELATIVE_PATH bin_to_lib ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_property(TARGET wick_program APPEND PROPERTY INSTALL_RPATH ${origin}/${bin_to_lib})
  set_property(TARGET wick_cli APPEND PROPERTY INSTALL_RPATH ${origin})
  install(TARGETS wick_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(TARGETS wick_cli EXPORT wickTargets)
  install(FILES examples/configs/wick-model.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/wick)
endif()
install(EXPORT wickTargets NAMESPACE wick:: DESTINATION ${package_dir})

get_target_property(wick_type wick TYPE)
set(WICK_IS_STATIC OFF)
if(wick_type STREQUAL "STATIC_LIBRARY")
  set(WICK_IS_STATIC ON)
endif()
configure_package_config_file(cmake/wickConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/wickConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/wickConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wickConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/wickConfigVersion.cmake
              cmake/FindMinizip.cmake
        DESTINATION ${package_dir})

include(cmake/pkg_config.cmake)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wick.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
