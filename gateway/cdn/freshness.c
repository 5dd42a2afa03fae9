#include "gateway/cdn/freshness.h"

#include "core/clock.h"
#include "core/mem.h"

#define MS_PER_S 1000

static int64_t at_most(int64_t value, int64_t limit)
{
    return value < limit ? value : limit;
}

static int64_t at_least(int64_t value, int64_t limit)
{
    return value > limit ? value : limit;
}

/* "60" or "\"60\""; CACHE_UNSET for what is no number. */
static int64_t duration_of(struct slice text)
{
    uint64_t value;
    text = slice_trim(text);
    if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"') {
        text = slice_of(text.ptr + 1, text.len - 2);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return CACHE_UNSET;
        }
    }
    if (text.len == 0) {
        return CACHE_UNSET;
    }
    return slice_to_u64(text, &value) && value < CACHE_DURATION_MAX ? (int64_t)value
                                                                    : CACHE_DURATION_MAX;
}

static void read_directive(struct cache_control *control, struct slice directive)
{
    size_t equals = slice_find(directive, '=');
    struct slice name = slice_trim(slice_take(directive, equals));
    struct slice value = equals != SLICE_NPOS ? slice_skip(directive, equals + 1) : SLICE_NULL;
    const struct {
        struct slice name;
        int64_t *duration;
        bool *flag;
    } rows[] = {
        {SLICE("max-age"), &control->max_age_s, NULL},
        {SLICE("s-maxage"), &control->s_maxage_s, NULL},
        {SLICE("stale-while-revalidate"), &control->stale_while_revalidate_s, NULL},
        {SLICE("stale-if-error"), &control->stale_if_error_s, NULL},
        {SLICE("no-cache"), NULL, &control->no_cache},
        {SLICE("no-store"), NULL, &control->no_store},
        {SLICE("private"), NULL, &control->is_private},
        {SLICE("must-revalidate"), NULL, &control->must_revalidate},
        {SLICE("proxy-revalidate"), NULL, &control->must_revalidate},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!slice_ieq(name, rows[i].name)) {
            continue;
        }
        int64_t duration = rows[i].duration != NULL ? duration_of(value) : 0;
        if (rows[i].flag != NULL) {
            *rows[i].flag = true;
        } else if (duration != CACHE_UNSET) {
            *rows[i].duration = duration;
        }
        return;
    }
}

void cache_control_read(struct cache_control *control, struct slice value)
{
    size_t start = 0;
    bool is_quoted = false;
    for (size_t i = 0; i <= value.len; i++) {
        if (i == value.len || (value.ptr[i] == ',' && !is_quoted)) {
            read_directive(control, slice_of(value.ptr + start, i - start));
            start = i + 1;
        } else if (value.ptr[i] == '\\' && is_quoted) {
            i += i + 1 < value.len;
        } else if (value.ptr[i] == '"') {
            is_quoted = !is_quoted;
        }
    }
}

struct cache_control cache_control_of(struct http_headers headers)
{
    struct cache_control control = {CACHE_UNSET, CACHE_UNSET, CACHE_UNSET, CACHE_UNSET,
                                    false,       false,       false,       false};
    for (size_t i = 0; i < headers.count; i++) {
        if (slice_ieq(headers.items[i].name, SLICE("cache-control"))) {
            cache_control_read(&control, headers.items[i].value);
        }
    }
    return control;
}

/* What the origin says, or CACHE_UNSET. An Expires that is no date is in the past, RFC 9111, 5.3. */
static int64_t said_by_origin(const struct cache_control *control, struct http_headers headers,
                              int64_t now_ms)
{
    if (control->s_maxage_s != CACHE_UNSET) {
        return control->s_maxage_s;
    }
    if (control->max_age_s != CACHE_UNSET) {
        return control->max_age_s;
    }
    struct slice expires = http_header_get(headers, "expires");
    int64_t at_ms;
    if (expires.ptr == NULL) {
        return CACHE_UNSET;
    }
    return time_parse_http(expires, &at_ms) && at_ms > now_ms ? (at_ms - now_ms) / MS_PER_S : 0;
}

/* Neither goes with directives that ask for a look at the origin first. */
static void allow_stale(struct freshness *freshness, const struct cache_control *control,
                        int64_t max_ttl_s)
{
    bool is_forbidden = control->must_revalidate || control->no_cache;
    int64_t stale_while_s = control->stale_while_revalidate_s;
    freshness->stale_while_s =
        is_forbidden || stale_while_s == CACHE_UNSET ? 0 : at_most(stale_while_s, max_ttl_s);
    freshness->stale_error_s = is_forbidden ? 0
                               : control->stale_if_error_s == CACHE_UNSET
                                   ? INT64_MAX
                                   : control->stale_if_error_s;
}

struct freshness freshness_of(const struct cache_policy_spec *policy, struct http_headers headers,
                              int64_t now_ms)
{
    struct freshness freshness = {.is_kept = true};
    if (policy->max_ttl_s <= 0) {
        return (struct freshness){.is_kept = false};
    }
    struct cache_control control = cache_control_of(headers);
    allow_stale(&freshness, &control, policy->max_ttl_s);
    if (control.no_store || control.is_private) {
        freshness.is_kept = policy->min_ttl_s > 0;
        freshness.fresh_s = policy->min_ttl_s;
        return freshness;
    }
    int64_t said_s = control.no_cache ? 0 : said_by_origin(&control, headers, now_ms);
    if (said_s == CACHE_UNSET) {
        freshness.fresh_s = at_least(policy->default_ttl_s, policy->min_ttl_s);
    } else {
        freshness.fresh_s = at_least(at_most(said_s, policy->max_ttl_s), policy->min_ttl_s);
    }
    return freshness;
}

static bool is_one_of(int status, const int *statuses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (statuses[i] == status) {
            return true;
        }
    }
    return false;
}

bool is_always_kept_error(int status)
{
    static const int statuses[] = {404, 414, 500, 501, 502, 503, 504};
    return is_one_of(status, statuses, COUNT_OF(statuses));
}

bool is_kept_error(int status)
{
    static const int statuses[] = {400, 403, 405, 412, 415};
    return is_one_of(status, statuses, COUNT_OF(statuses)) || is_always_kept_error(status);
}

struct freshness freshness_of_error(struct http_headers headers, int64_t error_ttl_s,
                                    int64_t now_ms)
{
    struct cache_control control = cache_control_of(headers);
    bool is_refused = control.no_store || control.no_cache || control.is_private;
    int64_t said_s = is_refused ? CACHE_UNSET : said_by_origin(&control, headers, now_ms);
    int64_t fresh_s = at_least(said_s, error_ttl_s);
    return (struct freshness){.is_kept = fresh_s > 0, .fresh_s = fresh_s};
}
