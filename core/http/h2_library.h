/* libnghttp2's functions, found at run time by the first connection that speaks HTTP/2: its header is used for types,
 * the library is never linked. (Linked from its archive it costs 170 KB of resident memory before anybody asks for
 * it, because its pages lie among ours.)
 *
 * Errors  UNAVAILABLE with the loader's words when there is no libnghttp2, or one too old. */
#ifndef SLS_CORE_HTTP_H2_LIBRARY_H
#define SLS_CORE_HTTP_H2_LIBRARY_H

#include "core/status.h"

#include <nghttp2/nghttp2.h>

/* The prototypes are the header's own. */
#define H2_LIBRARY_FUNCTIONS(X)                                                                    \
    X(option_new)                                                                                  \
    X(option_del)                                                                                  \
    X(option_set_no_auto_window_update)                                                            \
    X(option_set_no_closed_streams)                                                                \
    X(session_callbacks_new)                                                                       \
    X(session_callbacks_del)                                                                       \
    X(session_callbacks_set_on_begin_frame_callback)                                               \
    X(session_callbacks_set_on_begin_headers_callback)                                             \
    X(session_callbacks_set_on_header_callback)                                                    \
    X(session_callbacks_set_on_frame_recv_callback)                                                \
    X(session_callbacks_set_on_data_chunk_recv_callback)                                           \
    X(session_callbacks_set_on_frame_send_callback)                                                \
    X(session_callbacks_set_on_stream_close_callback)                                              \
    X(session_server_new2)                                                                         \
    X(session_del)                                                                                 \
    X(session_mem_recv)                                                                            \
    X(session_mem_send)                                                                            \
    X(session_want_read)                                                                           \
    X(session_want_write)                                                                          \
    X(session_consume)                                                                             \
    X(session_consume_connection)                                                                  \
    X(session_resume_data)                                                                         \
    X(session_set_local_window_size)                                                               \
    X(session_get_stream_user_data)                                                                \
    X(session_set_stream_user_data)                                                                \
    X(session_get_last_proc_stream_id)                                                             \
    X(session_terminate_session)                                                                   \
    X(submit_settings)                                                                             \
    X(submit_headers)                                                                              \
    X(submit_response)                                                                             \
    X(submit_trailer)                                                                              \
    X(submit_rst_stream)                                                                           \
    X(submit_goaway)

struct h2_library {
#define H2_FIELD(name) __typeof__(nghttp2_##name) *name;
    H2_LIBRARY_FUNCTIONS(H2_FIELD)
#undef H2_FIELD
};

MUST_CHECK enum status h2_library_load(struct h2_library *ret_library, struct fault *reterr);

#endif
