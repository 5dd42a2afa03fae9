#include "core/api/origin.h"

struct slice host_name(struct slice host)
{
    if (slice_starts_with(host, SLICE("["))) {
        size_t end = slice_find(host, ']');
        return end != SLICE_NPOS ? slice_take(slice_skip(host, 1), end - 1) : host;
    }
    struct slice name = slice_take(host, slice_find(host, ':'));
    return slice_ends_with(name, SLICE(".")) ? slice_take(name, name.len - 1) : name;
}

/* 127.0.0.1 and its like, in the plain four-number form that browsers send. */
static bool is_loopback_v4(struct slice name)
{
    size_t parts = 0;
    struct slice part;
    uint64_t number = 0;
    while (slice_split(&name, '.', &part)) {
        if (!slice_to_u64(part, &number) || number > 255 || (parts == 0 && number != 127)) {
            return false;
        }
        parts++;
    }
    return parts == 4;
}

static bool is_name_or_below(struct slice name, struct slice domain)
{
    if (name.len <= domain.len) {
        return slice_ieq(name, domain);
    }
    size_t dot = name.len - domain.len - 1;
    return name.ptr[dot] == '.' && slice_ieq(slice_skip(name, dot + 1), domain);
}

static bool host_is_local(struct slice name)
{
    return is_name_or_below(name, SLICE("localhost")) ||
           is_name_or_below(name, SLICE("localhost.localstack.cloud")) ||
           slice_eq(name, SLICE("::1")) || is_loopback_v4(name);
}

/* A client that was told AWS's own names comes through a proxy: no page can make a name of amazonaws.com mean this
 * machine, as it can with a name of its own. */
static bool host_is_aws(struct slice name)
{
    return is_name_or_below(name, SLICE("amazonaws.com"));
}

static bool accepts_host(struct slice host, const struct slice *bound, size_t bound_count)
{
    struct slice name = host_name(host);
    if (host_is_local(name)) {
        return true;
    }
    for (size_t i = 0; i < bound_count; i++) {
        if (slice_ieq(name, bound[i])) {
            return true;
        }
    }
    return false;
}

/* The host of "https://host:port/..."; SLICE_NULL for "null" and other schemes. */
static struct slice url_host(struct slice url)
{
    static const struct slice schemes[] = {SLICE_INIT("http://"), SLICE_INIT("https://")};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (slice_istarts_with(url, schemes[i])) {
            struct slice host = slice_skip(url, schemes[i].len);
            return slice_take(host, slice_find(host, '/'));
        }
    }
    return SLICE_NULL;
}

/* Images and forms send no Origin, but say that another site makes them; a link that is followed
 * does too. */
static bool is_embedded_by_other_site(struct http_headers headers)
{
    return slice_is(http_header_get(headers, "sec-fetch-site"), "cross-site") &&
           !slice_is(http_header_get(headers, "sec-fetch-mode"), "navigate");
}

enum origin_verdict origin_judge(const struct http_request *request, const struct slice *bound,
                                 size_t bound_count)
{
    struct slice host = http_header_get(request->headers, "host");
    if (host.len != 0 && !accepts_host(host, bound, bound_count) && !host_is_aws(host_name(host))) {
        return ORIGIN_FOREIGN_HOST;
    }
    struct slice origin = http_header_get(request->headers, "origin");
    if (origin.ptr != NULL) {
        struct slice page = url_host(origin);
        return accepts_host(page, bound, bound_count) ? ORIGIN_ALLOWED : ORIGIN_FOREIGN_PAGE;
    }
    if (is_embedded_by_other_site(request->headers)) {
        struct slice page = url_host(http_header_get(request->headers, "referer"));
        return accepts_host(page, bound, bound_count) ? ORIGIN_NONE : ORIGIN_FOREIGN_PAGE;
    }
    return ORIGIN_NONE;
}
