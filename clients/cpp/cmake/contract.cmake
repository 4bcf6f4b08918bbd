# Generates the contract's messages and stubs. They must come from the protoc that belongs to the protobuf that is linked,
# so they are made here and not checked in.

set(BROKERWIRE_GENERATED "${CMAKE_CURRENT_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${BROKERWIRE_GENERATED}")

# brokerwire_generate(TARGET SCOPE ROOT PROTO... [GRPC NAME...]): adds the code of ROOT's protos to a target. Those whose
# name is given after GRPC have services.
function(brokerwire_generate target scope root)
  cmake_parse_arguments(PARSE_ARGV 3 given "" "" "GRPC")
  cmake_path(ABSOLUTE_PATH root)
  set(made)
  foreach(proto IN LISTS given_UNPARSED_ARGUMENTS given_GRPC)
    string(REGEX REPLACE "\\.proto$" "" name "${proto}")
    list(APPEND made "${BROKERWIRE_GENERATED}/${name}.pb.cc" "${BROKERWIRE_GENERATED}/${name}.pb.h")
    # Messages of several files cannot share a unit: they have statics of the same names.
    set_source_files_properties("${BROKERWIRE_GENERATED}/${name}.pb.cc" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()
  foreach(proto IN LISTS given_GRPC)
    string(REGEX REPLACE "\\.proto$" "" name "${proto}")
    list(APPEND made "${BROKERWIRE_GENERATED}/${name}.grpc.pb.cc" "${BROKERWIRE_GENERATED}/${name}.grpc.pb.h")
  endforeach()
  set(protos ${given_UNPARSED_ARGUMENTS} ${given_GRPC})
  set(grpc)
  if(given_GRPC)
    set(grpc COMMAND protobuf::protoc --proto_path=${root} --grpc_out=${BROKERWIRE_GENERATED}
                     --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin> ${given_GRPC})
  endif()
  list(TRANSFORM protos PREPEND "${root}/" OUTPUT_VARIABLE inputs)
  add_custom_command(
    OUTPUT ${made}
    COMMAND protobuf::protoc --proto_path=${root} --cpp_out=${BROKERWIRE_GENERATED} ${protos} ${grpc}
    DEPENDS ${inputs} protobuf::protoc gRPC::grpc_cpp_plugin
    COMMENT "Generating code from ${root}"
    VERBATIM)
  target_sources(${target} PRIVATE ${made})
  target_include_directories(${target} SYSTEM ${scope} $<BUILD_INTERFACE:${BROKERWIRE_GENERATED}>)
endfunction()

file(GLOB contract RELATIVE "${BROKERWIRE_PROTO}" CONFIGURE_DEPENDS "${BROKERWIRE_PROTO}/brokerwire/v1/*.proto")
if(NOT contract)
  message(FATAL_ERROR "no contract in ${BROKERWIRE_PROTO}: set BROKERWIRE_PROTO to Brokerwire's proto folder")
endif()
set(services ${contract})
list(FILTER services INCLUDE REGEX "_service\\.proto$")
list(FILTER contract EXCLUDE REGEX "_service\\.proto$")

# protoc knows debug_redact from 22 on, and calls it an error before. It has no effect on this client, so an older one
# gets the contract without it.
if(Protobuf_VERSION VERSION_LESS 3.22)
  set(plain "${CMAKE_CURRENT_BINARY_DIR}/proto")
  foreach(proto IN LISTS contract services)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${BROKERWIRE_PROTO}/${proto}")
    file(READ "${BROKERWIRE_PROTO}/${proto}" text)
    string(REPLACE " [debug_redact = true]" "" text "${text}")
    set(former "")
    if(EXISTS "${plain}/${proto}")
      file(READ "${plain}/${proto}" former)
    endif()
    if(NOT text STREQUAL former)
      file(WRITE "${plain}/${proto}" "${text}")
    endif()
  endforeach()
  set(BROKERWIRE_PROTO "${plain}")
endif()

add_library(brokerwire_contract STATIC)
add_library(brokerwire::contract ALIAS brokerwire_contract)
brokerwire_generate(brokerwire_contract PUBLIC "${BROKERWIRE_PROTO}" ${contract} GRPC ${services})
set_target_properties(brokerwire_contract PROPERTIES EXPORT_NAME contract UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 4)
target_include_directories(brokerwire_contract SYSTEM PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(brokerwire_contract PUBLIC gRPC::grpc++ protobuf::libprotobuf)
