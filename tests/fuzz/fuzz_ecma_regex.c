/* links: sls_schema */
/* An expression, a line feed, a text. PCRE2 takes whatever the translation lets through, unless it is too large. */
#include "gateway/schema/ecma_regex.h"

#include <assert.h>

#define CPU_NS 20000000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice input = slice_of((const char *)bytes, len);
    size_t line = slice_find(input, '\n');
    struct slice source = line == SLICE_NPOS ? input : slice_take(input, line);
    struct slice text = line == SLICE_NPOS ? SLICE("") : slice_skip(input, line + 1);
    struct ecma_regex *regex;
    struct fault fault = {.text = ""};
    enum status status = ecma_regex_compile(source, &regex, &fault);
    if (status != STATUS_OK) {
        assert(fault.text[0] != '\0');
        assert(status == STATUS_INVALID || status == STATUS_LIMIT);
        return 0;
    }
    int64_t cpu_ns = CPU_NS;
    if (slice_is_utf8(text)) {
        enum regex_outcome outcome = ecma_regex_match(regex, text, &cpu_ns);
        cpu_ns = CPU_NS;
        enum regex_outcome again = ecma_regex_match(regex, text, &cpu_ns);
        assert(outcome == REGEX_GAVE_UP || again == REGEX_GAVE_UP || outcome == again);
    }
    ecma_regex_destroy(regex);
    return 0;
}
