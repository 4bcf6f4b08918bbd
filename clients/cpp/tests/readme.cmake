# Builds a program against the installed library, as its README says, and runs it: cmake -P readme.cmake PROGRAM.
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH package)
cmake_path(GET package PARENT_PATH clients)
cmake_path(SET build NORMALIZE "${clients}/../build/clients/cpp")
cmake_path(GET CMAKE_ARGV3 PARENT_PATH folder)

function(quietly)
  execute_process(COMMAND ${ARGV} OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}:\n${said}")
  endif()
endfunction()

file(COPY "${package}/example/CMakeLists.txt" DESTINATION "${folder}")
quietly("${CMAKE_COMMAND}" -S "${folder}" -B "${folder}/build" "-DCMAKE_PREFIX_PATH=${build}/installed")
quietly("${CMAKE_COMMAND}" --build "${folder}/build")
execute_process(COMMAND "${folder}/build/strategy" COMMAND_ERROR_IS_FATAL ANY)
