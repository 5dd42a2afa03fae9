/* IP addresses and CIDR blocks.
 *
 * Source  aws/event-ruler, CIDR: a block begins at the address as it is written, not at its masked one. */
#ifndef SLS_SCHEDULER_PATTERN_ADDRESS_H
#define SLS_SCHEDULER_PATTERN_ADDRESS_H

#include "core/arena.h"

struct address {
    uint8_t bytes[16];
    size_t len; /* 4 or 16 */
};

struct address_range {
    struct address low, high; /* both inside */
};

/* False when `text` is no literal of either version. An IPv4 address written as IPv6 is IPv4. */
MUST_CHECK bool address_parse(struct slice text, struct address *ret_address);
/* "10.0.0.0/24". NULL, or what is wrong with it in event-ruler's words. */
MUST_CHECK const char *address_parse_block(struct arena *arena, struct slice text,
                                           struct address_range *ret_range);
bool address_range_holds(const struct address_range *range, const struct address *address);

#endif
