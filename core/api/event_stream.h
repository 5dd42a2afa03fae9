/* Frames of application/vnd.amazon.eventstream, all integers big-endian:
 *
 *     u32 total_len | u32 headers_len | u32 crc32(first 8) | headers | payload | u32 crc32(before)
 *     header = u8 name_len | name | u8 7 (string) | u16 value_len | value
 *
 * Source  Amazon event stream encoding, in the AWS SDKs' documentation. */
#ifndef SLS_CORE_API_EVENT_STREAM_H
#define SLS_CORE_API_EVENT_STREAM_H

#include "core/buf.h"

#define EVENT_STREAM_TYPE "application/vnd.amazon.eventstream"
#define EVENT_STREAM_OVERHEAD_MAX 256 /* bytes of a frame beside its payload */

/* Appends a frame of :message-type event, or exception. */
void event_stream_event(struct buf *buf, const char *event_type, struct slice content_type,
                        struct slice payload);
void event_stream_exception(struct buf *buf, const char *exception_type, struct slice content_type,
                            struct slice payload);

#endif
