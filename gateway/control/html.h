/* A page of text: what is printed into it is escaped. */
#ifndef SLS_GATEWAY_CONTROL_HTML_H
#define SLS_GATEWAY_CONTROL_HTML_H

#include "core/buf.h"

/* Head and style. */
void html_begin(struct buf *out, struct slice title);
/* `format` is markup; what it prints is escaped: "%.*s" and "%s" alone. */
void html_printf(struct buf *out, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
