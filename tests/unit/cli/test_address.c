#include "cli/address.h"

#include "core/mem.h"

#include <criterion/criterion.h>

Test(address, tells_who_reaches_a_host_and_under_which_url)
{
    static const struct {
        const char *host;
        bool is_loopback;
        const char *url;
    } rows[] = {
        {"127.0.0.1", true, "http://127.0.0.1:80"}, {"localhost", true, "http://localhost:80"},
        {"::1", true, "http://[::1]:80"},           {"0.0.0.0", false, "http://127.0.0.1:80"},
        {"::", false, "http://127.0.0.1:80"},       {"10.0.0.7", false, "http://10.0.0.7:80"},
        {"fe80::1", false, "http://[fe80::1]:80"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char url[URL_MAX];
        address_url(url, rows[i].host, 80);
        cr_expect_str_eq(url, rows[i].url, "case %zu: %s", i, url);
        cr_expect_eq(address_is_loopback(rows[i].host), rows[i].is_loopback, "case %zu", i);
    }
}
