/* What `--host` means: who can reach a listener there, and under which URL. */
#ifndef SLS_CLI_ADDRESS_H
#define SLS_CLI_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define URL_MAX 300 /* a host name has at most 253 bytes */

/* Only this machine reaches it: pages and hosts of elsewhere are then refused. */
bool address_is_loopback(const char *host);
/* Every address of this machine. */
bool address_is_any(const char *host);
/* Where clients of this machine reach it: every address means loopback, and an IPv6 address stands in brackets. */
void address_url(char out[URL_MAX], const char *host, uint16_t port);

#endif
