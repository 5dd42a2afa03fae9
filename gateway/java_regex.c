#include "gateway/java_regex.h"

#include "core/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct java_regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

enum status java_regex_compile(struct slice pattern, struct java_regex **ret_regex,
                               struct fault *reterr)
{
    int error;
    PCRE2_SIZE at;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len,
                      PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED, &error, &at, NULL);
    if (code == NULL) {
        char text[128];
        (void)pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof text);
        return fault_set(reterr, STATUS_INVALID, "'%.*s' is no regular expression: %s",
                         SLICE_ARG(pattern), text);
    }
    struct java_regex *regex = mem_zalloc(sizeof *regex);
    regex->code = code;
    regex->data = pcre2_match_data_create(1, NULL);
    regex->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(regex->context, JAVA_REGEX_STEPS_MAX);
    *ret_regex = regex;
    return STATUS_OK;
}

bool java_regex_matches(const struct java_regex *regex, struct slice text)
{
    static const char nothing[1] = "";
    const char *subject = text.ptr != NULL ? text.ptr : nothing;
    return pcre2_match(regex->code, (PCRE2_SPTR)subject, text.len, 0, 0, regex->data,
                       regex->context) >= 0;
}

void java_regex_destroy(struct java_regex *regex)
{
    if (regex != NULL) {
        pcre2_code_free(regex->code);
        pcre2_match_data_free(regex->data);
        pcre2_match_context_free(regex->context);
        mem_free(regex);
    }
}
