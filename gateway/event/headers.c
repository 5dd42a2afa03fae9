#include "gateway/event/headers.h"

#include "core/id.h"
#include "core/mem.h"
#include "gateway/event/event.h"

enum {
    DROP_HTTP = 1 << 0,
    DROP_REST = 1 << 1,
    OWN = 1 << 2, /* written by the gateway itself */
    SPELL_V1 = 1 << 3,
    SPELL_REST = 1 << 4,
    COOKIE = 1 << 5,
    SIGNATURE = 1 << 6,
};

static const struct known_header {
    struct slice name; /* as the gateway spells it */
    unsigned flags;
} known_headers[] = {
    {SLICE_INIT("Host"), SPELL_V1 | SPELL_REST},
    {SLICE_INIT("User-Agent"), SPELL_V1 | SPELL_REST},
    {SLICE_INIT("Authorization"), SPELL_REST | SIGNATURE},
    {SLICE_INIT("Cookie"), COOKIE},
    {SLICE_INIT("Content-Length"), OWN},
    {SLICE_INIT("X-Forwarded-For"), OWN},
    {SLICE_INIT("X-Forwarded-Port"), OWN},
    {SLICE_INIT("X-Forwarded-Proto"), OWN},
    {SLICE_INIT("X-Amzn-Trace-Id"), OWN},
    {SLICE_INIT("Connection"), DROP_HTTP | DROP_REST},
    {SLICE_INIT("Keep-Alive"), DROP_HTTP | DROP_REST},
    {SLICE_INIT("Proxy-Connection"), DROP_HTTP | DROP_REST},
    {SLICE_INIT("Transfer-Encoding"), DROP_HTTP | DROP_REST},
    {SLICE_INIT("TE"), DROP_HTTP | DROP_REST},
    {SLICE_INIT("Trailer"), DROP_HTTP | DROP_REST},
    {SLICE_INIT("Upgrade"), DROP_HTTP | DROP_REST},
    {SLICE_INIT("Expect"), DROP_HTTP | DROP_REST},
    {SLICE_INIT("Content-MD5"), DROP_REST},
    {SLICE_INIT("Max-Forwards"), DROP_REST},
    {SLICE_INIT("Proxy-Authenticate"), DROP_REST},
    {SLICE_INIT("Server"), DROP_REST},
    {SLICE_INIT("WWW-Authenticate"), DROP_REST},
};

static const struct known_header *find_known(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(known_headers); i++) {
        if (known_headers[i].name.len == name.len && slice_ieq(known_headers[i].name, name)) {
            return &known_headers[i];
        }
    }
    return NULL;
}

static unsigned dropped_by(enum header_style style, bool is_signed)
{
    switch (style) {
    case HEADERS_V2:
        return DROP_HTTP | OWN | COOKIE;
    case HEADERS_URL:
        return DROP_HTTP | OWN | (is_signed ? SIGNATURE : 0u);
    case HEADERS_V1:
        return DROP_HTTP | OWN;
    case HEADERS_REST:
        return DROP_REST | OWN;
    case HEADERS_UPGRADE:
        return OWN;
    }
    return 0;
}

/* The client's own list, then its address: "1.2.3.4, 127.0.0.1". */
static struct slice forwarded_for(const struct event_input *in)
{
    struct slice list = SLICE_NULL;
    for (size_t i = 0; i < in->headers.count; i++) {
        const struct http_header *header = &in->headers.items[i];
        if (header->value.len == 0 || !slice_ieq(header->name, SLICE("X-Forwarded-For"))) {
            continue;
        }
        list = list.ptr == NULL ? header->value
                                : arena_printf(in->arena, "%.*s, %.*s", SLICE_ARG(list),
                                               SLICE_ARG(header->value));
    }
    return list.ptr == NULL
               ? in->peer
               : arena_printf(in->arena, "%.*s, %.*s", SLICE_ARG(list), SLICE_ARG(in->peer));
}

static struct slice decimal(struct arena *arena, size_t value)
{
    char *text = arena_alloc(arena, 20);
    size_t at = 20;
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return slice_of(text + at, 20 - at);
}

void headers_collect(struct fields *fields, const struct event_input *in, enum header_style style)
{
    const bool is_rest = style == HEADERS_REST || style == HEADERS_UPGRADE;
    const unsigned spelled = is_rest ? SPELL_REST : SPELL_V1;
    const unsigned dropped = dropped_by(style, in->authorizer.event.len > 0);
    bool has_host = false;
    fields_init(fields, in->arena, in->headers.count + 6, true);
    for (size_t i = 0; i < in->headers.count; i++) {
        struct slice name = in->headers.items[i].name;
        const struct known_header *known = find_known(name);
        if (known != NULL) {
            if ((known->flags & dropped) != 0) {
                continue;
            }
            has_host |= known == &known_headers[0];
            name = (known->flags & spelled) != 0 ? known->name : name;
        }
        fields_add(fields, name, in->headers.items[i].value);
    }
    if (!has_host) {
        fields_add(fields, SLICE("Host"), in->domain);
    }
    if (!is_rest) {
        fields_add(fields, SLICE("Content-Length"), decimal(in->arena, in->body.len));
    }
    fields_add(fields, SLICE("X-Amzn-Trace-Id"), in->trace);
    fields_add(fields, SLICE("X-Forwarded-For"), forwarded_for(in));
    fields_add(fields, SLICE("X-Forwarded-Port"), slice_from(in->config->port));
    fields_add(fields, SLICE("X-Forwarded-Proto"), in->is_tls ? SLICE("https") : SLICE("http"));
}

/* --- the trace header --- */

/* The value of `key` among "Root=..;Parent=..;Sampled=.."; SLICE_NULL when absent. */
static struct slice trace_part(struct slice trace, struct slice key)
{
    struct slice part;
    while (slice_split(&trace, ';', &part)) {
        part = slice_trim(part);
        if (part.len > key.len + 1 && slice_istarts_with(part, key) && part.ptr[key.len] == '=') {
            return slice_skip(part, key.len + 1);
        }
    }
    return SLICE_NULL;
}

static struct slice new_root(struct arena *arena, int64_t epoch_ms)
{
    char text[ID_TRACE_MAX];
    return arena_copy(arena, slice_from(id_trace_root(text, epoch_ms)));
}

struct trace trace_of(struct arena *arena, enum api_kind kind, struct slice sent, int64_t epoch_ms)
{
    struct slice root = trace_part(sent, SLICE("Root"));
    if (kind == API_HTTP) {
        return (struct trace){.event = root.ptr != NULL ? sent : new_root(arena, epoch_ms)};
    }
    struct slice parent = trace_part(sent, SLICE("Parent"));
    struct slice sampled = trace_part(sent, SLICE("Sampled"));
    char parent_text[17];
    if (sampled.ptr == NULL) {
        sampled = parent.ptr != NULL ? SLICE("1") : SLICE("0");
    }
    if (parent.ptr == NULL) {
        uint8_t bytes[8];
        id_random(bytes, sizeof(bytes));
        id_hex(parent_text, bytes, sizeof(bytes));
        parent = slice_from(parent_text);
    }
    /* A new root brings its own "Root=". */
    struct slice prefix = root.ptr != NULL ? SLICE("Root=") : SLICE("");
    bool is_new = root.ptr == NULL;
    root = is_new ? new_root(arena, epoch_ms) : root;
    struct slice whole = arena_printf(arena, "%.*s%.*s;Parent=%.*s;Sampled=%.*s", SLICE_ARG(prefix),
                                      SLICE_ARG(root), SLICE_ARG(parent), SLICE_ARG(sampled));
    return (struct trace){.event = is_new ? root : whole, .reply = whole};
}

struct slice header_canonical(struct arena *arena, struct slice name)
{
    char *text = arena_alloc(arena, name.len);
    bool is_start = true;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (is_start && c >= 'a' && c <= 'z') {
            c = (char)(c - 0x20);
        } else if (!is_start && c >= 'A' && c <= 'Z') {
            c = (char)(c | 0x20);
        }
        is_start = c == '-';
        text[i] = c;
    }
    return slice_of(text, name.len);
}
