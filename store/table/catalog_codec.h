/* A table's description as DB_META keeps it: one JSON object.
 *
 * Members are only ever added; one that is absent reads as zero, so files of earlier versions stay readable.
 *
 * Thread  Any. */
#ifndef SLS_STORE_CATALOG_CODEC_H
#define SLS_STORE_CATALOG_CODEC_H

#include "core/buf.h"
#include "store/table/table.h"

void catalog_encode(struct buf *buf, const struct table *table);
/* With one reference; NULL when `json` is not what catalog_encode() wrote. */
struct table *catalog_decode(struct slice json);

#endif
