#include "cli/addresses.h"

#include "cli/address.h"

#include <uv.h>

#define ADDRESSES_MAX 256

/* "Hello" or "Hello:live": a function is known by its name in the template. */
static struct slice url_name(const struct addresses_source *source, struct arena *arena,
                             const struct api_spec *api)
{
    const struct integration_spec *target = &api->routes[0].integration;
    const struct deployment_function *function =
        deployment_function(source->deployment, target->function);
    struct slice name = function != NULL ? function->logical_id : target->function;
    return target->qualifier.len == 0
               ? name
               : arena_printf(arena, "%.*s:%.*s", SLICE_ARG(name), SLICE_ARG(target->qualifier));
}

/* A WebSocket API is reached below its stage, as on AWS. */
static struct page_address address_of(const struct addresses_source *source, struct arena *arena,
                                      const struct api_spec *api, uint16_t port)
{
    static const char *const kinds[] = {
        [API_HTTP] = "HTTP API", [API_REST] = "REST API", [API_WEBSOCKET] = "WebSocket API"};
    char url[URL_MAX];
    address_url(url, source->host, port);
    if (api->kind == API_URL) {
        return (struct page_address){url_name(source, arena, api), arena_printf(arena, "%s/", url),
                                     "function URL", true, false};
    }
    struct slice text =
        api->kind == API_WEBSOCKET
            ? arena_printf(arena, "ws%s/%.*s", url + strlen("http"), SLICE_ARG(api->stages[0].name))
            : arena_copy(arena, slice_from(url));
    return (struct page_address){api->logical_id, text, kinds[api->kind], false, false};
}

static void add_distributions(const struct addresses_source *source, struct arena *arena,
                              struct addresses *addresses)
{
    struct cdn_address place;
    for (size_t i = 0;
         addresses->count < ADDRESSES_MAX - 1 && cdn_address(source->cdn, arena, i, &place); i++) {
        char url[URL_MAX];
        address_url(url, source->host, place.port);
        struct slice what = arena_printf(arena, "CloudFront distribution, edge %.*s, %u ms away",
                                         SLICE_ARG(place.pop), (unsigned)place.latency_ms);
        addresses->items[addresses->count++] = (struct page_address){
            place.name, arena_copy(arena, slice_from(url)),
            place.is_only ? "CloudFront distribution" : arena_cstr(arena, what), false, true};
    }
}

struct addresses addresses_of(struct arena *arena, const struct addresses_source *source)
{
    struct addresses addresses = {
        .items = arena_array(arena, ADDRESSES_MAX, sizeof(struct page_address))};
    size_t api_count;
    const struct api_spec *apis = gateway_apis(source->gateway, &api_count);
    for (size_t i = 0; i < api_count && addresses.count < ADDRESSES_MAX - 1; i++) {
        uint16_t port = gateway_port(source->gateway, apis[i].logical_id);
        if (port != 0 && !apis[i].is_variant) {
            addresses.items[addresses.count++] = address_of(source, arena, &apis[i], port);
        }
    }
    add_distributions(source, arena, &addresses);
    addresses.items[addresses.count++] =
        (struct page_address){SLICE("AWS endpoint"), slice_from(source->edge_url),
                              "for SDKs and aws --endpoint-url", false, false};
    return addresses;
}

enum status addresses_write(const struct addresses *addresses,
                            const struct addresses_source *source, const struct data_dir *dir,
                            struct fault *reterr)
{
    struct endpoint apis[ADDRESSES_MAX], urls[ADDRESSES_MAX], distributions[ADDRESSES_MAX];
    struct endpoints endpoints = {.pid = uv_os_getpid(),
                                  .edge = slice_from(source->edge_url),
                                  .apis = apis,
                                  .urls = urls,
                                  .distributions = distributions,
                                  .ca = slice_from(source->ca_file)};
    for (size_t i = 0; i + 1 < addresses->count; i++) { /* the last one is the edge */
        struct endpoint endpoint = {addresses->items[i].name, addresses->items[i].url};
        if (addresses->items[i].is_distribution) {
            distributions[endpoints.distribution_count++] = endpoint;
        } else if (addresses->items[i].is_url) {
            urls[endpoints.url_count++] = endpoint;
        } else {
            apis[endpoints.api_count++] = endpoint;
        }
    }
    return endpoints_write(dir, &endpoints, reterr);
}
