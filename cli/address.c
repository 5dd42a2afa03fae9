#include "cli/address.h"

#include <stdio.h>
#include <string.h>

bool address_is_loopback(const char *host)
{
    return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "localhost") == 0 ||
           strcmp(host, "::1") == 0;
}

bool address_is_any(const char *host)
{
    return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

void address_url(char out[URL_MAX], const char *host, uint16_t port)
{
    bool is_any = address_is_any(host);
    bool is_ipv6 = !is_any && strchr(host, ':') != NULL;
    snprintf(out, URL_MAX, is_ipv6 ? "http://[%s]:%u" : "http://%s:%u", is_any ? "127.0.0.1" : host,
             (unsigned)port);
}
