/* Frames of application/vnd.amazon.eventstream, all integers big-endian:
 *
 *     u32 total_len | u32 headers_len | u32 crc32(first 8) | headers | payload | u32 crc32(before)
 *     header = u8 name_len | name | u8 7 (string) | u16 value_len | value
 *
 * Source  Amazon event stream encoding, in the AWS SDKs' documentation. */
#ifndef SLS_RUNTIME_LAMBDA_API_FRAME_H
#define SLS_RUNTIME_LAMBDA_API_FRAME_H

#include "core/buf.h"

#define FRAME_OVERHEAD_MAX 256 /* bytes of a frame beside its payload */

/* Appends a frame of :message-type event. */
void frame_append(struct buf *buf, const char *event_type, const char *content_type,
                  struct slice payload);

#endif
