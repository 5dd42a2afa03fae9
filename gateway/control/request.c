#include "gateway/control/control_private.h"

const struct wire_error control_errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "BadRequestException"},
    [STATUS_INTERNAL] = {500, "InternalFailure"},
};

const char *const control_signing_names[] = {"apigateway", NULL};

static struct slice path_param(struct request *r, const char *name)
{
    struct slice value = api_path_param(r->call, name);
    return value.ptr != NULL ? value : SLICE_NULL;
}

/* The request is gone with its answer. */
void request_answer(struct request *r)
{
    struct buf out = r->out;
    if (buf_status(&out) != STATUS_OK) {
        api_reply_error(r->call, 500, "InternalFailure", SLICE("The answer is too large."));
    } else if (out.len == 0) {
        api_reply_empty(r->call, r->row->http_status);
    } else {
        api_reply_json(r->call, r->row->http_status, buf_slice(&out));
    }
    buf_finish(&out);
}

static void refuse(struct request *r)
{
    request_undo(r);
    buf_finish(&r->out);
    api_reply_error(r->call, r->objection.http_status, r->objection.code, r->objection.text);
}

void control_run(struct api_call *call, struct control_plane *control,
                 const struct operation_row *row)
{
    if (control->gateway == NULL) {
        api_reply_error(call, 503, "ServiceUnavailableException", SLICE("sls-local is stopping."));
        return;
    }
    struct request *r = arena_alloc(api_arena(call), sizeof *r);
    *r = (struct request){
        .control = control,
        .call = call,
        .arena = api_arena(call),
        .row = row,
        .registry = control_registry(control),
        .body = api_body(call),
        .objection = {.arena = api_arena(call)},
        .out = BUF_INIT(CONTROL_JSON_MAX),
    };
    r->w = json_writer_init(&r->out);
    r->owner = path_param(r, "owner");
    r->id = path_param(r, "id");
    if (r->body.len == 0) {
        r->body = SLICE("{}");
    }
    if (!row->takes_document &&
        (!json_validate(r->body, NULL) || json_raw_kind(slice_trim(r->body)) != JSON_OBJECT)) {
        api_reply_error(call, 400, "SerializationException",
                        SLICE("The request body is not a JSON object."));
        return;
    }
    switch (row->run(r)) {
    case OUTCOME_ANSWERED:
        request_answer(r);
        break;
    case OUTCOME_REFUSED:
        refuse(r);
        break;
    case OUTCOME_PENDING:
        break;
    }
}

void objection_no_entry(struct request *r, const struct kind *kind, struct slice id)
{
    bool is_api = kind == &kinds[KIND_REST_API] || kind == &kinds[KIND_V2_API];
    if (is_api) {
        (void)objection_missing(&r->objection, "%s %s:%.*s", kind->missing,
                                r->control->options.account_id, SLICE_ARG(id));
    } else if (kind->missing_has_id) {
        (void)objection_missing(&r->objection, "%s%.*s", kind->missing, SLICE_ARG(id));
    } else {
        (void)objection_missing(&r->objection, "%s", kind->missing);
    }
}

struct entry *request_api(struct request *r, enum kind_id kind)
{
    struct entry *api = registry_find(r->registry, kind, SLICE_NULL, r->owner);
    if (api == NULL) {
        objection_no_entry(r, &kinds[kind], r->owner);
    }
    return api;
}

struct entry *request_entry(struct request *r)
{
    struct entry *entry = registry_find(r->registry, r->row->kind, r->owner, r->id);
    if (entry == NULL) {
        objection_no_entry(r, &kinds[r->row->kind], r->id);
    }
    return entry;
}

bool request_flag(const struct request *r, const char *name)
{
    return slice_ieq(api_query_param(r->call, name), SLICE("true"));
}

bool request_read(struct request *r, const struct kind *kind, struct slice base,
                  struct slice *ret_properties)
{
    struct slice operation = slice_from(api_operation(r->call)->name);
    char *place = arena_cstr(r->arena, operation);
    place[0] = (char)(place[0] | 0x20);
    return properties_read(r->arena, kind->attributes, r->body, base,
                           arena_printf(r->arena, "%sInput", place), ret_properties, &r->objection);
}
