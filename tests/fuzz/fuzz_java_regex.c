/* links: sls_gateway */
/* A selection pattern, a line feed, a text. What compiles answers, in bounded steps, and the same each time. */
#include "gateway/java_regex.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice input = slice_of((const char *)bytes, len);
    size_t line = slice_find(input, '\n');
    struct slice pattern = slice_take(input, line);
    struct slice text = line != SLICE_NPOS ? slice_skip(input, line + 1) : SLICE_NULL;
    struct java_regex *regex;
    struct fault fault = {.text = ""};
    if (java_regex_compile(pattern, &regex, &fault) != STATUS_OK) {
        assert(fault.text[0] != '\0');
        return 0;
    }
    assert(java_regex_matches(regex, text) == java_regex_matches(regex, text));
    java_regex_destroy(regex);
    return 0;
}
