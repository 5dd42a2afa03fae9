/* What the pages below /_sls of the edge answer with. */
#ifndef SLS_CLI_EDGE_PAGE_H
#define SLS_CLI_EDGE_PAGE_H

#include "core/http/server.h"

/* JSON; ends the exchange. */
void edge_page_respond(struct http_exchange *exchange, int status, const struct buf *json);
/* {"message":"..."} */
void edge_page_refuse(struct http_exchange *exchange, int status, const char *message);
bool edge_page_is_read(const struct http_exchange *exchange); /* GET or HEAD */

#endif
