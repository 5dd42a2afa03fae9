/* Writes JSON straight into a buffer; commas and escapes are its business, structure is the caller's.
 *
 *     struct json_writer w = json_writer_init(&buf);
 *     json_open(&w, '{');
 *     json_put_string(&w, "routeKey", route_key);
 *     json_key_text(&w, "requestContext"); json_open(&w, '{'); ... json_close(&w, '}');
 *     json_close(&w, '}');
 *
 * Invalid UTF-8 is written as U+FFFD, so the output is always valid JSON. Unbalanced calls are our own
 * bug (asserted). The buffer's own limit reports overflow: buf_status(). */
#ifndef SLS_CORE_JSON_WRITER_H
#define SLS_CORE_JSON_WRITER_H

#include "core/buf.h"

struct json_writer {
    struct buf *buf;
    uint32_t depth;
    bool needs_comma;
};

struct json_writer json_writer_init(struct buf *buf);
void json_open(struct json_writer *w, char bracket);  /* '{' or '[' */
void json_close(struct json_writer *w, char bracket); /* '}' or ']' */
void json_write_key(struct json_writer *w, struct slice key);
void json_key_text(struct json_writer *w, const char *key); /* plain ASCII name, not escaped */
void json_write_string(struct json_writer *w, struct slice text);
void json_write_i64(struct json_writer *w, int64_t value);
void json_write_double(struct json_writer *w, double value); /* shortest form that reads back */
void json_write_bool(struct json_writer *w, bool value);
void json_write_null(struct json_writer *w);
void json_write_raw(struct json_writer *w, struct slice json); /* bytes that are JSON already; "" gives null */
/* `"key":value` in one call. */
void json_put_string(struct json_writer *w, const char *key, struct slice text);
void json_put_text(struct json_writer *w, const char *key, const char *text);
void json_put_i64(struct json_writer *w, const char *key, int64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_null(struct json_writer *w, const char *key);
void json_put_raw(struct json_writer *w, const char *key, struct slice json);
/* The escaped inside of a string literal, without quotes: for strings written in pieces. */
void json_escape(struct buf *buf, struct slice text);

#endif
