# What only those need who work on the client itself.

find_package(GTest REQUIRED)

file(GLOB test_sources CONFIGURE_DEPENDS tests/*.cc)
file(GLOB driver_sources CONFIGURE_DEPENDS driver/*.cc)

add_executable(unit_tests ${test_sources})
target_include_directories(unit_tests PRIVATE src)
target_include_directories(unit_tests SYSTEM PRIVATE "${BROKERWIRE_GENERATED}")
target_link_libraries(unit_tests PRIVATE brokerwire::client GTest::gtest_main)
target_compile_definitions(
  unit_tests PRIVATE BROKERWIRE_VECTORS="${CMAKE_CURRENT_SOURCE_DIR}/../../tests/vectors/signatures.json")

add_executable(driver ${driver_sources})
target_link_libraries(driver PRIVATE brokerwire::client)

add_executable(example example/strategy.cc)
target_link_libraries(example PRIVATE brokerwire::client)

foreach(target brokerwire_client unit_tests driver example)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Werror)
endforeach()
