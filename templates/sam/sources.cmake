# libmd (Debian: libmd-dev) for the SHA-1 in logical ids.
find_path(MD_INCLUDE sha1.h REQUIRED)
target_link_libraries(sls_templates PRIVATE ${MD_LIBRARY})
target_include_directories(sls_templates SYSTEM PRIVATE ${MD_INCLUDE})
