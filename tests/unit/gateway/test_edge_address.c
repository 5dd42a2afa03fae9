#include "gateway/edge_address.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define ID "VNRUSeldSwMCIRQ="

Test(edge_address, is_read_from_host_and_path)
{
    static const struct {
        const char *host, *path;
        const char *read; /* "api path id", with "url " in front of a function's; NULL: of no API */
    } rows[] = {
        {"a1.execute-api.localhost:4566", "/dev/x", "a1 /dev/x "},
        {"a1.execute-api.us-east-1.localhost", "/", "a1 / "},
        {"A1.Execute-API.us-east-1.amazonaws.com", "/", "A1 / "},
        {"a1.execute-api.localhost.localstack.cloud:4566", "/@connections/" ID,
         "a1 /@connections/" ID " "},
        {"u1.lambda-url.us-east-1.localhost:4566", "/x", "url u1 /x "},
        {"u1.lambda-url.eu-west-1.on.aws", "/", "url u1 / "},
        {".lambda-url.us-east-1.localhost", "/x", NULL},
        {"localhost", "/_aws/lambda-url/u1/dev/x", "url u1 /dev/x "},
        {"localhost", "/_aws/lambda-url/u1", "url u1 / "},
        {"localhost", "/_aws/lambda-url/", NULL},
        {"execute-api.localhost", "/dev", NULL},
        {"a1.execute-apis.localhost", "/dev", NULL},
        {"localhost", "/_aws/execute-api/a1/dev/x/y", "a1 /dev/x/y "},
        {"localhost", "/_aws/execute-api/a1", "a1 / "},
        {"localhost", "/_aws/execute-api/", NULL},
        {"localhost", "/restapis/a1/dev/_user_request_/x", "a1 /dev/x "},
        {"localhost", "/restapis/a1/dev/_user_request_", "a1 /dev/ "},
        {"localhost", "/restapis/a1/resources", NULL}, /* the control plane's */
        {"localhost", "/@connections/" ID, " /@connections/" ID " " ID},
        {"localhost", "/dev/%40connections/VNRUSeldSwMCIRQ%3D",
         " /dev/%40connections/VNRUSeldSwMCIRQ%3D " ID},
        {"localhost", "/a/b/@connections/" ID, NULL},
        {"localhost", "/@connections/a/b", NULL},
        {"localhost", "/connections/" ID, NULL},
        {NULL, "/x", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct http_header host = {SLICE("Host"), slice_from(rows[i].host)};
        const struct http_request request = {
            .path = slice_from(rows[i].path),
            .headers = {&host, rows[i].host != NULL},
        };
        struct edge_address address;
        bool is_read = edge_address_read(&arena, &request, &address);
        cr_assert_eq(is_read, rows[i].read != NULL, "case %zu", i);
        if (is_read) {
            struct slice text = arena_printf(
                &arena, "%s%.*s %.*s %.*s", address.is_url ? "url " : "", SLICE_ARG(address.api_id),
                SLICE_ARG(address.path), SLICE_ARG(address.connection_id));
            cr_expect_str_eq(arena_cstr(&arena, text), rows[i].read, "case %zu", i);
        }
    }
}
