#include "core/api/origin.h"

#include "core/mem.h"

#include "support.h"

#include <criterion/criterion.h>

static const char *verdict_name(enum origin_verdict verdict)
{
    static const char *const names[] = {"none", "allowed", "foreign host", "foreign page"};
    return names[verdict];
}

Test(origin, accepts_loopback_and_refuses_names_of_others)
{
    static const struct {
        const char *headers;
        enum origin_verdict want;
    } rows[] = {
        {"", ORIGIN_NONE},
        {"Host: localhost", ORIGIN_NONE},
        {"Host: LOCALHOST:4566", ORIGIN_NONE},
        {"Host: localhost.:4566", ORIGIN_NONE},
        {"Host: bucket.s3.localhost:4566", ORIGIN_NONE},
        {"Host: localhost.localstack.cloud:4566", ORIGIN_NONE},
        {"Host: sqs.us-east-1.localhost.localstack.cloud:4566", ORIGIN_NONE},
        {"Host: 127.0.0.1:4566", ORIGIN_NONE},
        {"Host: 127.1.2.3", ORIGIN_NONE},
        {"Host: [::1]:4566", ORIGIN_NONE},
        {"Host: 10.0.0.7:4566", ORIGIN_NONE}, /* bound */
        {"Host: 10.0.0.8:4566", ORIGIN_FOREIGN_HOST},
        {"Host: bucket.s3.us-east-1.amazonaws.com", ORIGIN_NONE}, /* a proxy stands in between */
        {"Host: amazonaws.com.evil.example", ORIGIN_FOREIGN_HOST},
        {"Host: localhost\nOrigin: https://page.s3.amazonaws.com", ORIGIN_FOREIGN_PAGE},
        {"Host: evil.example", ORIGIN_FOREIGN_HOST},
        {"Host: evil.example:4566", ORIGIN_FOREIGN_HOST},
        {"Host: localhost.evil.example", ORIGIN_FOREIGN_HOST},
        {"Host: evillocalhost", ORIGIN_FOREIGN_HOST},
        {"Host: 127.0.0.1.evil.example", ORIGIN_FOREIGN_HOST},
        {"Host: 127.0.0", ORIGIN_FOREIGN_HOST},
        {"Host: 128.0.0.1", ORIGIN_FOREIGN_HOST},
        {"Host: 127.0.0.256", ORIGIN_FOREIGN_HOST},
        {"Host: [::2]", ORIGIN_FOREIGN_HOST},
        {"Host: localhost.localstack.cloud.evil.example", ORIGIN_FOREIGN_HOST},
        {"Host: localhost\nOrigin: http://localhost:3000", ORIGIN_ALLOWED},
        {"Host: localhost\nOrigin: https://127.0.0.1", ORIGIN_ALLOWED},
        {"Host: localhost\nOrigin: http://app.localhost:5173", ORIGIN_ALLOWED},
        {"Host: localhost\nOrigin: http://[::1]:3000", ORIGIN_ALLOWED},
        {"Host: localhost\nOrigin: http://10.0.0.7", ORIGIN_ALLOWED},
        {"Host: localhost\nOrigin: https://evil.example", ORIGIN_FOREIGN_PAGE},
        {"Host: localhost\nOrigin: http://localhost.evil.example", ORIGIN_FOREIGN_PAGE},
        {"Host: localhost\nOrigin: null", ORIGIN_FOREIGN_PAGE},
        {"Host: localhost\nOrigin: ", ORIGIN_FOREIGN_PAGE},
        {"Host: localhost\nOrigin: chrome-extension://localhost", ORIGIN_FOREIGN_PAGE},
        {"Host: evil.example\nOrigin: http://localhost", ORIGIN_FOREIGN_HOST},
        {"Host: localhost\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors",
         ORIGIN_FOREIGN_PAGE},
        {"Host: localhost\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\n"
         "Referer: https://evil.example/localhost",
         ORIGIN_FOREIGN_PAGE},
        {"Host: localhost\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\n"
         "Referer: http://127.0.0.1:3000/",
         ORIGIN_NONE},
        {"Host: localhost\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate", ORIGIN_NONE},
        {"Host: localhost\nSec-Fetch-Site: same-origin\nSec-Fetch-Mode: cors", ORIGIN_NONE},
    };
    static const struct slice bound[] = {SLICE_INIT("10.0.0.7")};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        enum origin_verdict got =
            origin_judge(parse_request(&arena, "GET", "/", rows[i].headers), bound, 1);
        cr_expect_eq(got, rows[i].want, "case %zu: %s: %s", i, rows[i].headers, verdict_name(got));
    }
}
