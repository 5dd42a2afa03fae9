#include "core/api/route.h"

#include "core/mem.h"

#include <criterion/criterion.h>

static const struct api_op ops[] = {
    {"Root", NULL, "GET", "/", false},
    {"List", NULL, "GET", "/2015-03-31/functions", false},
    {"Get", NULL, "GET", "/2015-03-31/functions/{Name}", false},
    {"Invoke", NULL, "POST", "/2015-03-31/functions/{Name}/invocations", false},
    {"ListConfigs", NULL, "GET", "/2019-09-30/functions/{Name}/pc?List=ALL", false},
    {"GetConfig", NULL, "GET", "/2019-09-30/functions/{Name}/pc", false},
    {"ListOf", NULL, "GET", "/eic/{Name}/list", false},
    {"Bucket", NULL, "GET", "/b/{Bucket}", false},
    {"BucketAcl", NULL, "GET", "/b/{Bucket}?acl", false},
    {"Object", NULL, "GET", "/b/{Bucket}/{Key+}", false},
    {"ObjectPart", NULL, "PUT", "/b/{Bucket}/{Key+}?partNumber&uploadId", false},
    {"ObjectPut", NULL, "PUT", "/b/{Bucket}/{Key+}", false},
    {"Pair", NULL, "GET", "/pair/{A}/{B}", false},
    {"PairFixed", NULL, "GET", "/pair/{A}/fixed", false},
    {"Query", NULL, NULL, NULL, false},
    {NULL, NULL, NULL, NULL, false},
};

Test(route, matches_methods_paths_and_query_parameters)
{
    static const struct {
        const char *method;
        const char *path;
        const char *query;
        const char *want;
    } rows[] = {
        {"GET", "/", "", "Root"},
        {"POST", "/", "", ""},
        {"GET", "/x", "", ""},
        {"GET", "/2015-03-31/functions", "", "List"},
        {"GET", "/2015-03-31/functions/", "", "List"},
        {"GET", "/2015-03-31/functions//", "", ""},
        {"GET", "/2015-03-31/functions/f", "", "Get Name=f"},
        {"GET", "/2015-03-31/functions/f/", "", "Get Name=f"},
        {"POST", "/2015-03-31/functions/f/invocations", "Qualifier=1", "Invoke Name=f"},
        {"POST", "/2015-03-31/functions/arn%3Aaws%3Alambda%2Fx/invocations", "",
         "Invoke Name=arn%3Aaws%3Alambda%2Fx"},
        {"POST", "/2015-03-31/functions//invocations", "", ""},
        {"POST", "/2015-03-31/functions/f/invocations/x", "", ""},
        {"PUT", "/2015-03-31/functions/f/invocations", "", ""},
        {"GET", "/2019-09-30/functions/f/pc", "List=ALL", "ListConfigs Name=f"},
        {"GET", "/2019-09-30/functions/f/pc", "List=ONE", "GetConfig Name=f"},
        {"GET", "/2019-09-30/functions/f/pc", "x=1&List=%41LL", "ListConfigs Name=f"},
        {"GET", "/eic/f/list", "", "ListOf Name=f"},
        {"GET", "/b/bkt", "", "Bucket Bucket=bkt"},
        {"GET", "/b/bkt/", "", "Bucket Bucket=bkt"},
        {"GET", "/b/bkt", "acl", "BucketAcl Bucket=bkt"},
        {"GET", "/b/bkt", "acl=", "BucketAcl Bucket=bkt"},
        {"GET", "/b/bkt", "aclx", "Bucket Bucket=bkt"},
        {"GET", "/b/bkt/k", "", "Object Bucket=bkt Key=k"},
        {"GET", "/b/bkt/a/b%2Fc/", "", "Object Bucket=bkt Key=a/b%2Fc/"},
        {"GET", "/b/bkt//x", "", "Object Bucket=bkt Key=/x"},
        {"PUT", "/b/bkt/k", "uploadId=1&partNumber=2", "ObjectPart Bucket=bkt Key=k"},
        {"PUT", "/b/bkt/k", "uploadId=1", "ObjectPut Bucket=bkt Key=k"},
        {"GET", "/pair/a/fixed", "", "PairFixed A=a"},
        {"GET", "/pair/a/other", "", "Pair A=a B=other"},
        {"GET", "/pair/a", "", ""},
        {"GET", "", "", "Root"},
    };
    struct routes routes = {.count = 0};
    routes_add(&routes, ops);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF got = BUF_INIT(256);
        struct route_match match = {0};
        if (routes_match(&routes, &arena, slice_from(rows[i].method), slice_from(rows[i].path),
                         slice_from(rows[i].query), &match)) {
            buf_append_text(&got, match.op->name);
            for (size_t k = 0; k < match.param_count; k++) {
                buf_printf(&got, " %.*s=%.*s", SLICE_ARG(match.params[k].name),
                           SLICE_ARG(match.params[k].value));
            }
        }
        cr_expect_str_eq(buf_cstr(&got), rows[i].want, "case %zu: %s %s?%s", i, rows[i].method,
                         rows[i].path, rows[i].query);
    }
    routes_finish(&routes);
}
