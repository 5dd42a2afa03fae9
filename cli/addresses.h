/* Where everything listens: as the banner shows it, and as endpoints.json keeps it for other commands and test runners. */
#ifndef SLS_CLI_ADDRESSES_H
#define SLS_CLI_ADDRESSES_H

#include "cli/data_dir.h"
#include "cli/page.h"
#include "gateway/cdn/cdn.h"

struct addresses_source {
    const struct gateway *gateway;
    const struct cdn *cdn;
    const struct deployment *deployment;
    const char *host; /* listened on */
    const char *edge_url;
    const char *ca_file; /* NULL: HTTPS is not spoken */
};

struct addresses {
    struct page_address *items; /* APIs and function URLs, distributions, then the edge */
    size_t count;
};

/* In the arena; the texts partly the source's. */
struct addresses addresses_of(struct arena *arena, const struct addresses_source *source);
MUST_CHECK enum status addresses_write(const struct addresses *addresses,
                                       const struct addresses_source *source,
                                       const struct data_dir *dir, struct fault *reterr);

#endif
