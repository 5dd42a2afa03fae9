#include "core/buf.h"
#include "core/mem.h"
#include "scheduler/logs/limits.h"
#include "scheduler/logs/log_pattern.h"

#include <criterion/criterion.h>

struct match_row {
    const char *pattern;
    const char *message;
    bool matches;
};

static struct log_pattern *parse(const char *text)
{
    struct log_pattern *pattern = NULL;
    struct fault fault = {.text = ""};
    cr_assert_eq(log_pattern_parse(slice_from(text), &pattern, &fault), STATUS_OK, "%s: %s", text,
                 fault.text);
    return pattern;
}

static void check(const struct match_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct log_pattern *pattern = parse(rows[i].pattern);
        cr_assert_eq(log_pattern_matches(pattern, slice_from(rows[i].message)), rows[i].matches,
                     "row %zu: %s on %s", i, rows[i].pattern, rows[i].message);
        log_pattern_destroy(pattern);
    }
}

/* The examples of the user guide, and the edges between them. */
Test(log_pattern, terms_are_found_anywhere)
{
    static const struct match_row rows[] = {
        {"", "", true},
        {"  ", "anything", true},
        {"ERROR", "[ERROR] A fatal exception has occurred", true},
        {"ERROR", "Exiting with ERRORCODE: -1", true},
        {"ERROR", "an error", false},
        {"ERROR Exception", "[ERROR] Caught IllegalArgumentException", true},
        {"ERROR Exception", "[ERROR] no more", false},
        {"ERROR -Exiting", "Exiting with ERRORCODE: -1", false},
        {"\"ERROR\" - \"Exiting\"", "Exiting with ERRORCODE: -1", false},
        {"\"ERROR\" - \"Exiting\"", "ERROR", true},
        {"-ERROR", "fine", true},
        {"-ERROR", "ERROR", false},
        {"ERROR WARN", "ERROR WARN message", true},
        {"ERROR WARN", "ERROR message", false},
        {"?ERROR ?WARN", "ERROR message", true},
        {"?ERROR ?WARN", "WARN message", true},
        {"?ERROR ?WARN", "INFO message", false},
        {"?INFO ?WARN REQUEST", "a REQUEST without them", true},
        {"?INFO ?WARN -REQUEST", "nothing of them", true},
        {"\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR", true},
        {"\"INTERNAL SERVER ERROR\"", "INTERNAL ERROR SERVER", false},
        {"?\"a b\" ?c", "xa by", true},
        {"\"say \\\"hi\\\"\"", "they say \"hi\"", true},
        {"\"\"", "anything", true},
        {"\"\xc3\xa9\"", "caf\xc3\xa9", true},
    };
    check(rows, COUNT_OF(rows));
}

Test(log_pattern, expressions_are_searched_for)
{
    static const struct match_row rows[] = {
        {"%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true},
        {"%^AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", false},
        {"%[hc]at$%", "a cat", true},
        {"%colou?r%", "color", true},
        {"%gray|grey%", "grey", true},
        {"%a{3,5}b%", "aab", false},
        {"%10\\.10\\.0\\.1%", "10.10.0.1", true},
        {"%10\\.10\\.0\\.1%", "10x10.0.1", false},
        {"%\\d+\\s\\w%", "12 x", true},
        {"%100\\%%", "100%", true},
        {"%\\x28%", "(", true},
        {"x -%y+z%", "x yyz", false},
    };
    check(rows, COUNT_OF(rows));
}

#define EVENT                                                                                      \
    "{\"eventType\": \"UpdateTrail\", \"sourceIPAddress\": \"111.111.111.111\", \"arrayKey\": "    \
    "[\"value\", \"another value\"], \"objectList\": [{\"name\": \"a\", \"id\": 1}, {\"name\": "   \
    "\"b\", \"id\": 2}], \"SomeObject\": null, \"cluster.name\": \"c\", \"ThisFlag\": true, "      \
    "\"latency\": 50.5, \"big\": 1e3, \"code\": \"400\", \"odd\": \"a\\u0022b\"}"
#define USERS                                                                                      \
    "{\"user\": {\"id\": 1, \"email\": \"John.Stiles@example.com\"}, \"users\": [{\"id\": 2, "     \
    "\"email\": \"John.Doe@example.com\"}, {\"id\": 3, \"email\": \"Jane.Doe@example.com\"}], "    \
    "\"actions\": [\"GET\", \"PUT\", \"DELETE\"], \"coordinates\": [[0, 1, 2], [4, 5, 6]]}"

Test(log_pattern, selectors_look_into_json)
{
    static const struct match_row rows[] = {
        {"{ $.eventType = \"UpdateTrail\" }", EVENT, true},
        {"{ $.eventType = UpdateTrail }", EVENT, true},
        {"{$.eventType=\"updatetrail\"}", EVENT, false},
        {"{ $.eventType = Update* }", EVENT, true},
        {"{ $.eventType = *Trail }", EVENT, true},
        {"{ $.eventType = \"*dateT*\" }", EVENT, true},
        {"{ $.eventType = Up*il }", EVENT, false},
        {"{ $.sourceIPAddress != 123.123.* }", EVENT, true},
        {"{ $.sourceIPAddress = 111.111.* }", EVENT, true},
        {"{ $.arrayKey[0] = \"value\" }", EVENT, true},
        {"{ $.arrayKey[2] = \"value\" }", EVENT, false},
        {"{ $.arrayKey = \"value\" }", EVENT, false},
        {"{ $.arrayKey != \"value\" }", EVENT, false},
        {"{ $.objectList[1].id = 2 }", EVENT, true},
        {"{ $.objectList[*].id = 2 }", EVENT, true},
        {"{ $.objectList[*].id = 3 }", EVENT, false},
        {"{ $.*[0] = value }", EVENT, true},
        {"{ $.SomeObject IS NULL }", EVENT, true},
        {"{ $.SomeOtherObject IS NULL }", EVENT, false},
        {"{ $.SomeObject NOT EXISTS }", EVENT, false},
        {"{ $.SomeOtherObject NOT EXISTS }", EVENT, true},
        {"{ $.objectList[*].no NOT EXISTS }", EVENT, true},
        {"{ $.SomeOtherObject != x }", EVENT, false},
        {"{ $.ThisFlag IS TRUE }", EVENT, true},
        {"{ $.ThisFlag IS FALSE }", EVENT, false},
        {"{ $.ThisFlag = true }", EVENT, true},
        {"{ $.latency = * }", EVENT, true},
        {"{ $.none = * }", EVENT, false},
        {"{ $.latency >= 50.5 }", EVENT, true},
        {"{ $.latency > 50.5 }", EVENT, false},
        {"{ $.latency < 10e3 }", EVENT, true},
        {"{ $.latency > +10e-3 }", EVENT, true},
        {"{ $.latency != 50.50 }", EVENT, false},
        {"{ $.latency = 5* }", EVENT, true},
        {"{ $.big = 1000 }", EVENT, true},
        {"{ $.code = 400 }", EVENT, true},
        {"{ $.code > 300 }", EVENT, false},
        {"{ $.odd = \"a\\\"b\" }", EVENT, true},
        {"{ $.eventType = %^Update[A-Z]% }", EVENT, true},
        {"{ $.eventType != %^Update[A-Z]% }", EVENT, false},
        {"{ $['cluster.name'] = c }", EVENT, true},
        {"{ $.['cluster.name'] = c }", EVENT, true},
        {"{ $.eventType = UpdateTrail }", "not " EVENT, false},
        {"{ $.eventType = UpdateTrail }", " " EVENT "\n", true},
        {"{ $.eventType = UpdateTrail }", EVENT " and more", false},
        {"{ $.x NOT EXISTS }", "[]", false},
        {"{ ($.user.id = 1) && ($.users[0].email = \"John.Doe@example.com\") }", USERS, true},
        {"{ ($.user.id = 2 && $.users[0].email = \"nonmatch\") || $.actions[2] = \"GET\" }", USERS,
         false},
        {"{ $.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = nonmatch && "
         "$.actions[2] = nomatch }",
         USERS, true},
        {"{ ($.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = nonmatch) && "
         "$.actions[2] = nomatch }",
         USERS, false},
    };
    check(rows, COUNT_OF(rows));
}

#define ACCESS                                                                                     \
    "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534"

Test(log_pattern, fields_stand_between_blanks)
{
    static const struct match_row rows[] = {
        {"[ip, user, username, timestamp, request, status_code, bytes]", ACCESS, true},
        {"[ip, user, username, timestamp, request, status_code]", ACCESS, false},
        {"[ip, user, username, timestamp, request, status_code, bytes, more]", ACCESS, false},
        {"[..., status_code = 404, bytes]", ACCESS, true},
        {"[ip, user, ..., status_code, bytes > 2000]", ACCESS, false},
        {"[ip, user, ...]", ACCESS, true},
        {"[ip=127.0.0.1, ...]", ACCESS, true},
        {"[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]", ACCESS,
         true},
        {"[..., request=*.html*, status_code=4*,]", ACCESS, true},
        {"[..., status_code = 4* && status_code != 403, bytes]", ACCESS, true},
        {"[..., status_code = 4* && status_code != 404, bytes]", ACCESS, false},
        {"[..., status_code = 404 || status_code = 410, bytes]", ACCESS, true},
        {"[..., (status_code = 410 || status_code = 411) && status_code = 4*, bytes]", ACCESS,
         false},
        {"[..., status_code = %4[0-9]{2}%, bytes]", ACCESS, true},
        {"[..., bytes >= 1534]", ACCESS, true},
        {"[..., bytes = 1534.0]", ACCESS, true},
        {"[..., bytes > 9]", "a b", false},
        {"[timestamp=*Z, request_id=\"*-*\", event]", "2026Z 1-2 {}", true},
        {"[w1=ERROR, w2]", "ERROR message", true},
        {"[w1=ERROR, w2]", "ERROR WARN message", false},
        {"[w1=ERROR || w1=WARN, w2]", "WARN message", true},
        {"[w1=!ERROR&&w1=!WARN, w2]", "WARN message", false},
        {"[w1=!ERROR&&w1=!WARN, w2]", "INFO message", true},
        {"[a, b]", "  two   words  ", true},
        {"[a, b]", "\"not closed", true},
        {"[]", "one", true},
        {"[...]", "", true},
        {"[a]", "", false},
    };
    check(rows, COUNT_OF(rows));
}

static void note_value(void *ctx, struct slice name, struct slice value)
{
    buf_printf(ctx, "%.*s=%.*s|", SLICE_ARG(name), SLICE_ARG(value));
}

Test(log_pattern, values_are_found_by_name_or_place)
{
    AUTO_BUF values = BUF_INIT(4096);
    AUTO_ARENA arena = ARENA_INIT;
    struct slice value;
    struct log_pattern *pattern = parse("[..., request=*.html*, status_code=4*,]");
    log_pattern_values(pattern, slice_from(ACCESS), note_value, &values);
    cr_assert_str_eq(buf_cstr(&values),
                     "$1=127.0.0.1|$2=-|$3=frank|$4=10/Oct/2000:13:25:15 -0700|"
                     "$request=GET /index.html HTTP/1.0|$status_code=404|$7=1534|");
    cr_assert(
        log_pattern_value(pattern, &arena, slice_from(ACCESS), SLICE("$status_code"), &value));
    cr_assert(slice_is(value, "404"));
    cr_assert_not(log_pattern_value(pattern, &arena, slice_from(ACCESS), SLICE("$bytes"), &value));
    cr_assert(log_pattern_offers(pattern, SLICE("$request")) &&
              log_pattern_offers(pattern, SLICE("$7")));
    cr_assert_not(log_pattern_offers(pattern, SLICE("$bytes")));
    cr_assert_not(log_pattern_offers(pattern, SLICE("$.bytes")));
    log_pattern_destroy(pattern);
    pattern = parse("{ $.latency = * }");
    cr_assert(log_pattern_value(pattern, &arena, slice_from(EVENT), SLICE("$.latency"), &value));
    cr_assert(slice_is(value, "50.5"));
    cr_assert(log_pattern_value(pattern, &arena, slice_from(EVENT), SLICE("$.objectList[1].name"),
                                &value));
    cr_assert(slice_is(value, "b"));
    cr_assert_not(log_pattern_value(pattern, &arena, slice_from(EVENT), SLICE("$.no"), &value));
    cr_assert(log_pattern_offers(pattern, SLICE("$.a.b")));
    cr_assert_not(log_pattern_offers(pattern, SLICE("1")));
    log_pattern_destroy(pattern);
}

Test(log_pattern, what_is_none_is_refused_as_the_service_does)
{
    static const struct {
        const char *pattern;
        const char *fault;
    } rows[] = {
        {"err:", "Invalid filter pattern"},
        {"a.b", "Invalid filter pattern"},
        {"\"open", "Invalid filter pattern"},
        {"@x", "Invalid character(s) in term '@'"},
        {"-", "Invalid filter pattern"},
        {"%open", "Invalid filter pattern"},
        {"%%", "Invalid filter pattern"},
        {"%(a)%", "Invalid character(s) in term '(a)'"},
        {"%some!%", "Invalid character(s) in term 'some!'"},
        {"%a{2,1}%", "Invalid regular expression 'a{2,1}'"},
        {"%a% %b% %c%", "A filter pattern may have at most 2 regular expressions"},
        {"{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"},
        {"{}", "Invalid filter pattern"},
        {"{ $ = 1 }", "Invalid filter pattern"},
        {"{ $. = 1 }", "Invalid filter pattern"},
        {"{ $.a[x] = 1 }", "Invalid filter pattern"},
        {"{ $.a[99999999999999999999] = 1 }", "Invalid filter pattern"},
        {"{ $.a }", "Invalid filter pattern"},
        {"{ $.a IS }", "Invalid filter pattern"},
        {"{ $.a IS MAYBE }", "Invalid filter pattern"},
        {"{ $.a NOT }", "Invalid filter pattern"},
        {"{ $.a > x }", "Invalid filter pattern"},
        {"{ $.a = }", "Invalid character(s) in term '}'"},
        {"{ $.a = 1 && }", "Invalid filter pattern"},
        {"{ ($.a = 1 }", "Invalid filter pattern"},
        {"{ $.a = 1 } }", "Invalid filter pattern"},
        {"{ $.a = caf\xc3\xa9 }", "Invalid filter pattern"},
        {"[a", "If a filter pattern starts with '[' it must end with ']'"},
        {"[a, ..., b, ...]", "Invalid filter pattern"},
        {"[a b]", "Invalid filter pattern"},
        {"[a = 1 && b = 2]", "Invalid filter pattern"},
        {"[a > x]", "Invalid filter pattern"},
        {"[(a)]", "Invalid filter pattern"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct log_pattern *pattern = NULL;
        struct fault fault = {.text = ""};
        cr_assert_eq(log_pattern_parse(slice_from(rows[i].pattern), &pattern, &fault),
                     STATUS_INVALID, "%s", rows[i].pattern);
        cr_assert_str_eq(fault.text, rows[i].fault, "%s", rows[i].pattern);
    }
}

Test(log_pattern, nesting_and_steps_have_a_limit)
{
    char text[PATTERN_LEN_MAX + 1];
    struct log_pattern *pattern = NULL;
    struct fault fault;
    for (int depth = PATTERN_DEPTH_MAX - 1; depth <= PATTERN_DEPTH_MAX; depth++) {
        int len = snprintf(text, sizeof text, "{ ");
        for (int i = 0; i < depth; i++) {
            text[len++] = '(';
        }
        len += snprintf(text + len, sizeof text - (size_t)len, "$.a = 1");
        for (int i = 0; i < depth; i++) {
            text[len++] = ')';
        }
        len += snprintf(text + len, sizeof text - (size_t)len, " }");
        enum status status = log_pattern_parse(slice_of(text, (size_t)len), &pattern, &fault);
        cr_assert_eq(status, depth < PATTERN_DEPTH_MAX ? STATUS_OK : STATUS_INVALID, "%d", depth);
        if (status == STATUS_OK) {
            log_pattern_destroy(pattern);
        }
    }
    pattern = parse("%a*a*a*a*a*a*a*a*b%");
    memset(text, 'a', PATTERN_LEN_MAX);
    text[PATTERN_LEN_MAX] = '\0';
    cr_assert_not(log_pattern_matches(pattern, slice_from(text)), "and it ends");
    log_pattern_destroy(pattern);
}
