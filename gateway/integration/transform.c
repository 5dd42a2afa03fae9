#include "gateway/integration/transform.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/mem.h"

static enum status compile_templates(struct transform_templates *templates, struct arena *arena,
                                     struct pairs pairs, struct fault *reterr)
{
    templates->items = arena_array(arena, pairs.count, sizeof *templates->items);
    for (size_t i = 0; i < pairs.count; i++) {
        struct fault fault;
        struct transform_template *template = &templates->items[templates->count];
        template->content_type = pairs.items[i].name;
        enum status status = vtl_compile(pairs.items[i].value, &template->vtl, &fault);
        if (status != STATUS_OK) {
            return fault_set(reterr, status, "template of %.*s: %s",
                             SLICE_ARG(template->content_type), fault.text);
        }
        templates->count++;
    }
    return STATUS_OK;
}

static int number(struct slice text)
{
    int value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || value > 999) {
            return 0;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value >= 100 && value <= 599 ? value : 0;
}

static enum status check_parameters(struct pairs parameters, const char *const *prefixes,
                                    size_t prefix_count, struct fault *reterr)
{
    for (size_t i = 0; i < parameters.count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < prefix_count; k++) {
            is_known |= slice_starts_with(parameters.items[i].name, slice_from(prefixes[k]));
        }
        if (!is_known) {
            return fault_set(reterr, STATUS_INVALID,
                             "Invalid mapping expression parameter specified: %.*s",
                             SLICE_ARG(parameters.items[i].name));
        }
    }
    return STATUS_OK;
}

static enum status parse_selection(struct arena *arena, enum selection_use use, struct slice text,
                                   const struct selection **ret, struct fault *reterr)
{
    struct fault fault;
    enum status status = text.len > 0 ? selection_parse(arena, use, text, ret, &fault) : STATUS_OK;
    return status == STATUS_OK
               ? STATUS_OK
               : fault_set(reterr, status, "template selection expression: %s", fault.text);
}

/* A WebSocket API's: "$default", a pattern between slashes, or a text. */
static enum status read_key(struct transform_response *response, struct slice key,
                            struct fault *reterr)
{
    if (key.len > 2 && key.ptr[0] == '/' && key.ptr[key.len - 1] == '/') {
        return java_regex_compile(slice_of(key.ptr + 1, key.len - 2), &response->pattern, reterr);
    }
    if (key.len == 0) {
        return fault_set(reterr, STATUS_INVALID, "an integration response has no key");
    }
    response->text = slice_is(key, "$default") ? SLICE("") : key;
    return STATUS_OK;
}

static enum status read_status(struct transform_response *response,
                               const struct integration_response_spec *spec, struct fault *reterr)
{
    response->status = number(spec->status);
    if (response->status == 0) {
        return fault_set(reterr, STATUS_INVALID, "'%.*s' is no status of an integration response",
                         SLICE_ARG(spec->status));
    }
    return spec->selection_pattern.len > 0
               ? java_regex_compile(spec->selection_pattern, &response->pattern, reterr)
               : STATUS_OK;
}

static enum status init_response(struct transform_response *response, struct arena *arena,
                                 enum api_kind kind, const struct integration_response_spec *spec,
                                 struct fault *reterr)
{
    static const char *const targets[] = {"method.response.header.", "route.response.header."};
    bool is_socket = kind == API_WEBSOCKET;
    *response = (struct transform_response){.parameters = spec->parameters,
                                            .content_handling = spec->content_handling};
    enum status status = check_parameters(spec->parameters, targets, 1 + is_socket, reterr);
    if (status == STATUS_OK) {
        status = is_socket ? read_key(response, spec->status, reterr)
                           : read_status(response, spec, reterr);
    }
    if (status == STATUS_OK) {
        status = parse_selection(arena, SELECTION_RESPONSE, spec->template_selection,
                                 &response->selection, reterr);
    }
    return status == STATUS_OK
               ? compile_templates(&response->templates, arena, spec->templates, reterr)
               : status;
}

enum status transform_init(struct transform *transform, struct arena *arena, enum api_kind kind,
                           const struct integration_spec *spec, struct fault *reterr)
{
    static const char *const targets[] = {"integration.request.path.",
                                          "integration.request.querystring.",
                                          "integration.request.header."};
    *transform = (struct transform){.passthrough = spec->passthrough};
    transform->responses = arena_array(arena, spec->response_count, sizeof *transform->responses);
    enum status status =
        check_parameters(spec->request_parameters, targets, COUNT_OF(targets), reterr);
    if (status == STATUS_OK) {
        status = compile_templates(&transform->request, arena, spec->request_templates, reterr);
    }
    if (status == STATUS_OK && kind == API_WEBSOCKET) {
        status = parse_selection(arena, SELECTION_REQUEST, spec->template_selection,
                                 &transform->selection, reterr);
    }
    for (size_t i = 0; i < spec->response_count && status == STATUS_OK; i++) {
        status = init_response(&transform->responses[transform->response_count++], arena, kind,
                               &spec->responses[i], reterr);
    }
    return status;
}

static void finish_templates(struct transform_templates *templates)
{
    for (size_t i = 0; i < templates->count; i++) {
        vtl_destroy(templates->items[i].vtl);
    }
}

void transform_finish(struct transform *transform)
{
    finish_templates(&transform->request);
    for (size_t i = 0; i < transform->response_count; i++) {
        java_regex_destroy(transform->responses[i].pattern);
        finish_templates(&transform->responses[i].templates);
    }
}

/* --- choosing --- */

static const struct transform_template *find_template(const struct transform_templates *templates,
                                                      struct slice content_type)
{
    for (size_t i = 0; i < templates->count; i++) {
        if (slice_ieq(templates->items[i].content_type, content_type)) {
            return &templates->items[i];
        }
    }
    return NULL;
}

static bool choose_request(const struct transform *transform, struct slice name,
                           struct vtl_template **ret_vtl)
{
    const struct transform_template *chosen = find_template(&transform->request, name);
    if (chosen == NULL) {
        chosen = find_template(&transform->request, SLICE("$default"));
    }
    *ret_vtl = chosen != NULL ? chosen->vtl : NULL;
    return chosen != NULL || transform->passthrough == PASSTHROUGH_WHEN_NO_MATCH ||
           (transform->passthrough == PASSTHROUGH_WHEN_NO_TEMPLATES &&
            transform->request.count == 0);
}

bool transform_choose_request(const struct transform *transform, struct slice content_type,
                              struct vtl_template **ret_vtl)
{
    return choose_request(
        transform, content_type.len > 0 ? mime_essence(content_type) : SLICE("application/json"),
        ret_vtl);
}

bool transform_choose_request_of(const struct transform *transform, struct arena *arena,
                                 struct slice message, struct vtl_template **ret_vtl)
{
    const struct selection_source source = {.message = message};
    return choose_request(transform,
                          transform->selection != NULL
                              ? selection_key(transform->selection, arena, &source)
                              : SLICE("application/json"),
                          ret_vtl);
}

const struct transform_response *transform_choose_response(const struct transform *transform,
                                                           struct slice said)
{
    const struct transform_response *otherwise = NULL;
    for (size_t i = 0; i < transform->response_count; i++) {
        const struct transform_response *response = &transform->responses[i];
        if (response->text.len > 0) {
            if (slice_eq(response->text, said)) {
                return response;
            }
        } else if (response->pattern == NULL) {
            otherwise = otherwise == NULL ? response : otherwise;
        } else if (said.ptr != NULL && java_regex_matches(response->pattern, said)) {
            return response;
        }
    }
    return otherwise;
}

const struct transform_template *
transform_choose_template(const struct transform_response *response, struct slice accept)
{
    struct slice rest = accept, one;
    while (slice_split(&rest, ',', &one)) {
        const struct transform_template *template =
            find_template(&response->templates, mime_essence(slice_trim(one)));
        if (template != NULL) {
            return template;
        }
    }
    const struct transform_template *json =
        find_template(&response->templates, SLICE("application/json"));
    return json != NULL                    ? json
           : response->templates.count > 0 ? &response->templates.items[0]
                                           : NULL;
}

const struct transform_template *
transform_choose_template_of(const struct transform_response *response, struct arena *arena,
                             const struct selection_source *source)
{
    const struct transform_template *template =
        find_template(&response->templates, response->selection != NULL
                                                ? selection_key(response->selection, arena, source)
                                                : SLICE("application/json"));
    return template != NULL ? template : find_template(&response->templates, SLICE("$default"));
}

/* --- mocks --- */

static bool is_status_key(struct slice key)
{
    char quote = key.len > 0 ? key.ptr[0] : '\0';
    if (quote == '"' || quote == '\'') {
        return key.len > 2 && key.ptr[key.len - 1] == quote &&
               slice_is(slice_of(key.ptr + 1, key.len - 2), "statusCode");
    }
    return slice_is(key, "statusCode");
}

int transform_mock_status(struct slice text)
{
    int64_t status;
    text = slice_trim(text);
    if (json_validate(text, NULL)) {
        struct slice raw = json_raw_member(text, "statusCode");
        return raw.ptr != NULL && json_raw_i64(raw, &status) && status >= 100 && status <= 599
                   ? (int)status
                   : 0;
    }
    size_t end = slice_find(text, '}');
    if (!slice_starts_with(text, SLICE("{")) || end == SLICE_NPOS) {
        return 0;
    }
    struct slice inside = slice_of(text.ptr + 1, end - 1), part;
    if (slice_find(inside, '{') != SLICE_NPOS) {
        return 0;
    }
    while (slice_split(&inside, ',', &part)) {
        size_t colon = slice_find(part, ':');
        if (colon != SLICE_NPOS && is_status_key(slice_trim(slice_take(part, colon)))) {
            return number(slice_trim(slice_skip(part, colon + 1)));
        }
    }
    return 0;
}
