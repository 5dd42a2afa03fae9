#include "gateway/schema/ecma_regex.h"

#include "core/mem.h"
#include "gateway/schema/limits.h"

#include <time.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define NS_PER_S 1000000000
#define WINDOW_MIN 16          /* bytes in which a match may begin, of the first call */
#define WINDOW_CHEAP_NS 100000 /* a window that took less is followed by one of twice its size */

struct ecma_regex {
    pcre2_code *code;
};

enum status ecma_regex_compile(struct slice source, struct ecma_regex **ret_regex,
                               struct fault *reterr)
{
    AUTO_BUF text = BUF_INIT(REGEX_TEXT_MAX);
    enum status status = ecma_regex_translate(source, &text, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    int code;
    PCRE2_SIZE offset;
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)buf_cstr(&text), text.len,
                                         PCRE2_UTF | PCRE2_MATCH_UNSET_BACKREF |
                                             PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT,
                                         &code, &offset, NULL);
    if (compiled == NULL) {
        /* The grammar is right: only its size is left to be refused. */
        return fault_set(reterr, STATUS_LIMIT, "the regular expression is too large");
    }
    struct ecma_regex *regex = mem_alloc(sizeof *regex);
    regex->code = compiled;
    *ret_regex = regex;
    return STATUS_OK;
}

void ecma_regex_destroy(struct ecma_regex *regex)
{
    if (regex != NULL) {
        pcre2_code_free(regex->code);
        mem_free(regex);
    }
}

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool is_inside_character(struct slice text, size_t at)
{
    return at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80;
}

/* PCRE2 counts its steps anew from each position at which a match may begin, and a long text has many of these. So the text is
 * searched in windows of such positions, and between two of them the time that is gone is looked at. */
static enum regex_outcome search(const struct ecma_regex *regex, struct slice text,
                                 pcre2_match_data *match, pcre2_match_context *limits,
                                 int64_t *ret_left)
{
    size_t window = WINDOW_MIN;
    int64_t before = cpu_ns();
    for (size_t at = 0; at <= text.len;) {
        size_t end = text.len - at > window ? at + window : text.len;
        while (is_inside_character(text, end)) {
            end++;
        }
        pcre2_set_offset_limit(limits, end);
        int found = pcre2_match(regex->code, (PCRE2_SPTR)text.ptr, text.len, at, PCRE2_NO_UTF_CHECK,
                                match, limits);
        int64_t now = cpu_ns();
        *ret_left -= now - before;
        if (found >= 0) {
            return REGEX_MATCHES;
        }
        if (found != PCRE2_ERROR_NOMATCH || *ret_left <= 0) {
            return REGEX_GAVE_UP;
        }
        if (now - before < WINDOW_CHEAP_NS) {
            window *= 2;
        }
        before = now;
        at = end + 1;
        while (is_inside_character(text, at)) {
            at++;
        }
    }
    return REGEX_DIFFERS;
}

enum regex_outcome ecma_regex_match(const struct ecma_regex *regex, struct slice text,
                                    int64_t *cpu_left)
{
    if (*cpu_left <= 0) {
        return REGEX_GAVE_UP;
    }
    if (text.ptr == NULL) {
        text = SLICE("");
    }
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(limits, REGEX_STEPS_MAX);
    enum regex_outcome outcome = search(regex, text, match, limits, cpu_left);
    pcre2_match_context_free(limits);
    pcre2_match_data_free(match);
    return outcome;
}
