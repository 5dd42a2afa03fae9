# The rules every folder shares: flags, one static library per folder, third-party targets.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
# Archives where there are some, so that the binary needs no package of its own for them.
find_library(LMDB_LIBRARY NAMES liblmdb.a lmdb REQUIRED)
find_library(MD_LIBRARY NAMES libmd.a md REQUIRED)
# Types only: libcrypto and libssl are loaded at run time (core/libcrypto.c, core/http/tls_library.c).
find_path(OPENSSL_INCLUDE openssl/evp.h REQUIRED)
find_library(EXPAT_LIBRARY NAMES libexpat.a expat REQUIRED)

set(SLS_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wformat=2 -Wundef -Wstrict-prototypes
    -Wmissing-prototypes -Wswitch-enum -Wcast-qual -Wimplicit-fallthrough)
if(SLS_WERROR)
    list(APPEND SLS_WARNINGS -Werror)
endif()

set(SLS_SANITIZERS "")
if(SLS_SANITIZE)
    set(SLS_SANITIZERS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
endif()
if(SLS_FUZZ)
    list(APPEND SLS_SANITIZERS -fsanitize=fuzzer-no-link)
endif()

# What every target of ours compiles with.
function(sls_flags target)
    target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L)
    target_compile_options(${target} PRIVATE ${SLS_WARNINGS} ${SLS_SANITIZERS}
        -include ${PROJECT_SOURCE_DIR}/core/banned.h)
    target_link_options(${target} PUBLIC ${SLS_SANITIZERS})
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
endfunction()

# sls_library(core SOURCES a.c b.c LINKS x y [EFFORT -O2]): the static library sls_core. Releases are compiled for speed
# (-O3); EFFORT is for folders in which size matters more.
function(sls_library name)
    cmake_parse_arguments(ARG "" "EFFORT" "SOURCES;LINKS" ${ARGN})
    add_library(sls_${name} STATIC ${ARG_SOURCES})
    sls_flags(sls_${name})
    if(ARG_EFFORT)
        target_compile_options(sls_${name} PRIVATE $<$<CONFIG:Release>:${ARG_EFFORT}>)
    endif()
    target_link_libraries(sls_${name} PUBLIC ${ARG_LINKS})
endfunction()

# The llhttp parser: Debian's node-llhttp ships its C sources, newer releases a library.
find_path(LLHTTP_INCLUDE llhttp.h PATHS /usr/share/include/llhttp /usr/include)
find_library(LLHTTP_LIBRARY llhttp)
if(LLHTTP_LIBRARY)
    add_library(llhttp INTERFACE)
    target_link_libraries(llhttp INTERFACE ${LLHTTP_LIBRARY})
else()
    add_library(llhttp STATIC
        /usr/share/llhttp/api.c /usr/share/llhttp/http.c /usr/share/llhttp/llhttp.c)
    target_compile_options(llhttp PRIVATE -O3 -w)
endif()
target_include_directories(llhttp SYSTEM INTERFACE ${LLHTTP_INCLUDE})
if(NOT LLHTTP_LIBRARY)
    target_include_directories(llhttp SYSTEM PRIVATE ${LLHTTP_INCLUDE})
endif()

# sls_embed(VAR symbol ROOT files...): VAR names a generated C source that defines
# `const struct embedded_file symbol[]` (core/embed.h) with the files, named relative to ROOT.
function(sls_embed var symbol root)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
    string(REPLACE ";" "|" files "${ARGN}")
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol} -DROOT=${root} "-DFILES=${files}"
                -P ${PROJECT_SOURCE_DIR}/embed.cmake
        DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/embed.cmake VERBATIM)
    set(${var} ${out} PARENT_SCOPE)
endfunction()
