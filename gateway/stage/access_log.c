#include "gateway/stage/access_log.h"

#include "core/mem.h"
#include "gateway/event/context.h"

struct slice access_log_group(struct slice destination)
{
    static const struct slice mark = SLICE_INIT(":log-group:");
    size_t at = slice_search(destination, mark);
    if (at == SLICE_NPOS) {
        return SLICE_NULL;
    }
    struct slice name = slice_skip(destination, at + mark.len);
    return slice_ends_with(name, SLICE(":*")) ? slice_take(name, name.len - 2) : name;
}

static struct slice number(const struct event_input *in, uint64_t value)
{
    return arena_printf(in->arena, "%llu", (unsigned long long)value);
}

static struct slice quoted(const struct event_input *in, struct slice text)
{
    AUTO_BUF out = BUF_INIT(ACCESS_LINE_MAX);
    if (text.len == 0) {
        return SLICE_NULL;
    }
    event_put_string(&out, text);
    return arena_copy(in->arena, buf_slice(&out));
}

typedef struct slice fact_fn(const struct event_input *in, const struct access_facts *facts);

static struct slice status(const struct event_input *in, const struct access_facts *facts)
{
    return number(in, (uint64_t)facts->status);
}

static struct slice response_length(const struct event_input *in, const struct access_facts *facts)
{
    return number(in, facts->response_len);
}

static struct slice latency(const struct event_input *in, const struct access_facts *facts)
{
    return number(in, facts->latency_us / 1000);
}

static struct slice integration_latency(const struct event_input *in,
                                        const struct access_facts *facts)
{
    return facts->has_integration ? number(in, facts->integration_us / 1000) : SLICE_NULL;
}

static struct slice integration_status(const struct event_input *in,
                                       const struct access_facts *facts)
{
    return facts->integration_status != 0 ? number(in, (uint64_t)facts->integration_status)
                                          : SLICE_NULL;
}

static struct slice integration_id(const struct event_input *in, const struct access_facts *facts)
{
    (void)in;
    return facts->integration_id;
}

static struct slice integration_error(const struct event_input *in,
                                      const struct access_facts *facts)
{
    (void)in;
    return facts->integration_error;
}

static struct slice error_message(const struct event_input *in, const struct access_facts *facts)
{
    (void)in;
    return facts->error_message;
}

static struct slice error_text(const struct event_input *in, const struct access_facts *facts)
{
    return quoted(in, facts->error_message);
}

static struct slice error_type(const struct event_input *in, const struct access_facts *facts)
{
    (void)in;
    return facts->error_type;
}

static struct slice validation(const struct event_input *in, const struct access_facts *facts)
{
    (void)in;
    return facts->validation;
}

static const struct {
    const char *name;
    fact_fn *value;
} facts_by_name[] = {
    {"error.message", error_message},
    {"error.messageString", error_text},
    {"error.responseType", error_type},
    {"error.validationErrorString", validation},
    {"integration.error", integration_error},
    {"integration.integrationStatus", integration_status},
    {"integration.latency", integration_latency},
    {"integration.requestId", integration_id},
    {"integration.status", integration_status},
    {"integrationErrorMessage", integration_error},
    {"integrationLatency", integration_latency},
    {"integrationStatus", integration_status},
    {"responseLatency", latency},
    {"responseLength", response_length},
    {"status", status},
};

static struct slice value_of(const struct event_input *in, const struct access_facts *facts,
                             struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(facts_by_name); i++) {
        if (slice_is(name, facts_by_name[i].name)) {
            return facts_by_name[i].value(in, facts);
        }
    }
    return context_value(in, name);
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/* The name at the front; a dot or dash at its end is the text's. */
static struct slice name_of(struct slice text)
{
    size_t len = 0;
    while (len < text.len && is_name_char(text.ptr[len])) {
        len++;
    }
    while (len > 0 && (text.ptr[len - 1] == '.' || text.ptr[len - 1] == '-')) {
        len--;
    }
    return slice_take(text, len);
}

/* A line is one: what a client sent does not end it. */
static void put_value(struct buf *out, struct slice value)
{
    if (value.len == 0) {
        buf_append_char(out, '-');
    }
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        buf_append_char(out, c == '\n' || c == '\r' ? ' ' : c);
    }
}

void access_log_write(const struct access_log *log, const struct event_input *in,
                      const struct access_facts *facts, struct buf *out)
{
    static const struct slice mark = SLICE_INIT("$context.");
    struct slice rest = log->format;
    for (size_t at; (at = slice_search(rest, mark)) != SLICE_NPOS;) {
        buf_append(out, slice_take(rest, at));
        struct slice name = name_of(slice_skip(rest, at + mark.len));
        put_value(out, value_of(in, facts, name));
        rest = slice_skip(rest, at + mark.len + name.len);
    }
    buf_append(out, rest);
}

/* --- streams --- */

struct access_stream {
    struct access_stream *next;
    struct slice group, name;
    struct log_stream *stream;
};

static struct log_stream *stream_of(struct access_streams *streams, const struct access_log *log)
{
    struct access_stream **link = &streams->first;
    while (*link != NULL &&
           (!slice_eq((*link)->group, log->group) || !slice_eq((*link)->name, log->stream))) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        return (*link)->stream;
    }
    struct access_stream *opened = mem_zalloc(sizeof *opened + log->group.len + log->stream.len);
    char *text = (char *)(opened + 1);
    memcpy(text, log->group.ptr, log->group.len);
    memcpy(text + log->group.len, log->stream.ptr, log->stream.len);
    opened->group = slice_of(text, log->group.len);
    opened->name = slice_of(text + log->group.len, log->stream.len);
    opened->stream = streams->sink.open(streams->sink.ctx, opened->group, opened->name);
    *link = opened;
    return opened->stream;
}

void access_streams_write(struct access_streams *streams, const struct access_log *log,
                          struct slice line)
{
    if (streams->sink.open != NULL && !streams->is_closed) {
        streams->sink.write(stream_of(streams, log), line);
    }
}

void access_streams_close(struct access_streams *streams)
{
    streams->is_closed = true;
    while (streams->first != NULL) {
        struct access_stream *stream = streams->first;
        streams->first = stream->next;
        streams->sink.close(stream->stream);
        mem_free(stream);
    }
}
