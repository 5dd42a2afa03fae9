# libmd (Debian: libmd-dev) for the SHA-1 in logical ids; its archive where there is one, so that the binary
# loads no further library.
find_library(MD_LIBRARY NAMES libmd.a md REQUIRED)
find_path(MD_INCLUDE sha1.h REQUIRED)
target_link_libraries(sls_templates PRIVATE ${MD_LIBRARY})
target_include_directories(sls_templates SYSTEM PRIVATE ${MD_INCLUDE})
