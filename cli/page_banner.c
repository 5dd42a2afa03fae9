/* The banner: where everything listens, and what runs when. */
#include "cli/page_private.h"
#include "cli/triggers.h"

static void banner_json(struct page *page, const struct banner *banner)
{
    const struct deployment *deployment = banner->deployment;
    const struct page_address *addresses = banner->addresses;
    struct json_writer w = page_json_begin(page, "up");
    json_put_string(&w, "template", deployment->template_path);
    json_put_string(&w, "stack", deployment->stack_name);
    json_key_text(&w, "endpoints");
    json_open(&w, '{');
    for (size_t i = 0; i < banner->address_count; i++) {
        json_write_key(&w, addresses[i].name);
        json_write_string(&w, addresses[i].url);
    }
    json_close(&w, '}');
    if (banner->ca_file != NULL) {
        json_put_text(&w, "ca", banner->ca_file);
    }
    json_key_text(&w, "api_keys");
    json_open(&w, '{');
    for (size_t i = 0; i < banner->usage->key_count; i++) {
        if (banner->usage->keys[i].is_generated) {
            json_write_key(&w, banner->usage->keys[i].name);
            json_write_string(&w, banner->usage->keys[i].value);
        }
    }
    json_close(&w, '}');
    page_json_end(page, &w);
}

/* Those that somebody wrote down are theirs to tell. */
static void banner_keys(struct page *page, const struct usage_spec *usage)
{
    for (size_t i = 0; i < usage->key_count; i++) {
        const struct api_key_spec *key = &usage->keys[i];
        if (key->is_generated) {
            buf_printf(page_line_begin(page), "  %-24.*s %s%.*s%s  %sAPI key%s\n",
                       SLICE_ARG(key->name), page_colour(page, BOLD), SLICE_ARG(key->value),
                       page_colour(page, PLAIN), page_colour(page, DIM), page_colour(page, PLAIN));
        }
    }
}

static size_t widest(size_t width, size_t candidate, size_t max)
{
    return candidate > width ? (candidate < max ? candidate : max) : width;
}

static void banner_function(struct page *page, const struct deployment_function *function)
{
    buf_printf(&page->out, "%-*.*s  %s%-15.*s %5u MB %4u s%s", (int)page->name_width,
               SLICE_ARG(function->logical_id), page_colour(page, DIM),
               SLICE_ARG(function->runtime), (unsigned)function->memory_mb,
               (unsigned)function->timeout_s, page_colour(page, PLAIN));
}

/* "dynamodb:PutItem" of "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", "sqs:path/0/q" of a path. */
static struct slice service_words(struct slice uri)
{
    struct slice part;
    for (int i = 0; i < 4 && slice_split(&uri, ':', &part); i++) {
    }
    return uri;
}

/* What a route without a function asks. */
static void banner_target(struct page *page, const struct integration_spec *integration)
{
    static const struct slice action = SLICE_INIT("action/");
    struct slice words = integration->uri;
    if (integration->kind == INTEGRATION_MOCK) {
        words = SLICE("mock");
    } else if (integration->kind == INTEGRATION_LAMBDA ||
               integration->kind == INTEGRATION_FUNCTION) { /* stage variables name it */
        words = integration->function;
    } else if (integration->kind == INTEGRATION_SERVICE) {
        words = service_words(integration->uri);
    }
    buf_printf(&page->out, "%s-> ", page_colour(page, DIM));
    if (integration->kind == INTEGRATION_SUBTYPE) { /* "SQS-SendMessage" */
        for (size_t i = 0; i < integration->subtype.len; i++) {
            char c = integration->subtype.ptr[i];
            bool is_service = i < slice_find(integration->subtype, '-');
            bool is_upper = is_service && c >= 'A' && c <= 'Z';
            buf_append_char(&page->out, is_upper ? (char)(c - 'A' + 'a') : c == '-' ? ':' : c);
        }
    } else {
        size_t at = slice_search(words, action);
        bool is_action = integration->kind == INTEGRATION_SERVICE && at != SLICE_NPOS;
        buf_append(&page->out, is_action ? slice_take(words, at) : words);
        buf_append(&page->out, is_action ? slice_skip(words, at + action.len) : SLICE(""));
    }
    buf_append_text(&page->out, page_colour(page, PLAIN));
}

static void banner_route(struct page *page, const struct deployment *deployment, enum api_kind kind,
                         const struct route_spec *route, size_t path_width)
{
    struct slice method = kind == API_WEBSOCKET ? SLICE("ws")
                          : kind == API_URL     ? SLICE("url")
                                                : route->method;
    struct slice path = kind == API_URL ? SLICE("/") : route->path;
    struct buf *out = page_line_begin(page);
    const struct deployment_function *function =
        deployment_function(deployment, route->integration.function);
    buf_printf(out, "  %s%-7.*s%s %-*.*s ", page_colour(page, CYAN), SLICE_ARG(method),
               page_colour(page, PLAIN), (int)path_width, SLICE_ARG(path));
    if (function != NULL) {
        banner_function(page, function);
    } else if (route->unsupported.len == 0) {
        banner_target(page, &route->integration);
    }
    if (route->unsupported.len > 0) {
        buf_printf(out, "%s%s501: %.*s%s", function != NULL ? "  " : "", page_colour(page, YELLOW),
                   SLICE_ARG(route->unsupported), page_colour(page, PLAIN));
    }
    buf_append_char(out, '\n');
}

/* The OPTIONS of CORS: nobody looks for it. */
static bool is_preflight(const struct route_spec *route)
{
    return route->integration.kind == INTEGRATION_MOCK && slice_is(route->method, "OPTIONS");
}

static void banner_routes(struct page *page, const struct banner *banner)
{
    size_t path_width = 8;
    for (size_t a = 0; a < banner->api_count; a++) {
        for (size_t r = 0; r < banner->apis[a].route_count; r++) {
            path_width = widest(path_width, banner->apis[a].routes[r].path.len, 40);
        }
    }
    for (size_t a = 0; a < banner->api_count; a++) {
        const struct api_spec *api = &banner->apis[a];
        if (api->is_variant) {
            continue; /* what its other stages are is shown */
        }
        if (banner->api_count > 1 && api->kind != API_URL) {
            buf_printf(page_line_begin(page), "  %s%.*s%s\n", page_colour(page, DIM),
                       SLICE_ARG(api->logical_id), page_colour(page, PLAIN));
        }
        for (size_t r = 0; r < api->route_count; r++) {
            if (!is_preflight(&api->routes[r])) {
                banner_route(page, banner->deployment, api->kind, &api->routes[r], path_width);
            }
        }
    }
}

static bool has_route(const struct banner *banner, struct slice function)
{
    for (size_t a = 0; a < banner->api_count; a++) {
        for (size_t r = 0; r < banner->apis[a].route_count; r++) {
            if (slice_eq(banner->apis[a].routes[r].integration.function, function)) {
                return true;
            }
        }
    }
    return false;
}

static void banner_triggers(struct page *page, const struct triggers *triggers)
{
    size_t source_width = 8;
    for (size_t i = 0; i < triggers->count; i++) {
        source_width = widest(source_width, triggers->items[i].source.len, 40);
    }
    for (size_t i = 0; i < triggers->count; i++) {
        const struct trigger *trigger = &triggers->items[i];
        struct buf *out = page_line_begin(page);
        buf_printf(out, "  %s%-7s%s %-*.*s ", page_colour(page, CYAN), trigger->kind,
                   page_colour(page, PLAIN), (int)source_width, SLICE_ARG(trigger->source));
        banner_function(page, trigger->function);
        buf_append_char(out, '\n');
    }
}

static bool has_trigger(const struct triggers *triggers, const struct deployment_function *function)
{
    for (size_t i = 0; i < triggers->count; i++) {
        if (triggers->items[i].function == function) {
            return true;
        }
    }
    return false;
}

/* Functions that only `invoke` or an SDK reaches. */
static void banner_unrouted(struct page *page, const struct banner *banner,
                            const struct triggers *triggers)
{
    const struct deployment *deployment = banner->deployment;
    for (size_t i = 0; i < deployment->function_count; i++) {
        const struct deployment_function *function = &deployment->functions[i];
        if (!has_route(banner, function->name) && !has_trigger(triggers, function)) {
            struct buf *out = page_line_begin(page);
            buf_printf(out, "  %s%-7s%s ", page_colour(page, CYAN), "invoke",
                       page_colour(page, PLAIN));
            banner_function(page, function);
            buf_append_char(out, '\n');
        }
    }
}

void page_banner(struct page *page, const struct banner *banner)
{
    const struct deployment *deployment = banner->deployment;
    const struct page_address *addresses = banner->addresses;
    for (size_t i = 0; i < deployment->function_count; i++) {
        page->name_width = widest(page->name_width, deployment->functions[i].logical_id.len, 32);
    }
    if (page->format == PAGE_JSON) {
        banner_json(page, banner);
        return;
    }
    struct buf *out = page_line_begin(page);
    buf_printf(out, "%ssls-local%s  %.*s\n\n", page_colour(page, BOLD), page_colour(page, PLAIN),
               SLICE_ARG(deployment->template_path));
    for (size_t i = 0; i < banner->address_count; i++) {
        buf_printf(out, "  %-24.*s %s%.*s%s  %s%s%s\n", SLICE_ARG(addresses[i].name),
                   page_colour(page, BOLD), SLICE_ARG(addresses[i].url), page_colour(page, PLAIN),
                   page_colour(page, DIM), addresses[i].what, page_colour(page, PLAIN));
    }
    if (banner->ca_file != NULL) {
        buf_printf(out, "  %-24s %shttps:// on the same ports%s  %scurl --cacert %s%s\n", "HTTPS",
                   page_colour(page, BOLD), page_colour(page, PLAIN), page_colour(page, DIM),
                   banner->ca_file, page_colour(page, PLAIN));
    }
    banner_keys(page, banner->usage);
    buf_append_char(out, '\n');
    banner_routes(page, banner);
    AUTO_ARENA arena = ARENA_INIT;
    struct triggers triggers = triggers_of(&arena, deployment);
    banner_triggers(page, &triggers);
    banner_unrouted(page, banner, &triggers);
    size_t missing = 0;
    for (size_t i = 0; i < deployment->ledger_count; i++) {
        missing += deployment->ledger[i].support == SUPPORT_NOT_EMULATED;
    }
    if (missing > 0) {
        buf_printf(out, "\n  %s%zu thing%s in this template not emulated: sls-local validate%s\n",
                   page_colour(page, YELLOW), missing, missing == 1 ? " is" : "s are",
                   page_colour(page, PLAIN));
    }
    buf_append_char(out, '\n');
}
