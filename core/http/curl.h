/* libcurl's functions, found at run time: its header is used for types, the library is never
 * linked.
 *
 * Errors  UNAVAILABLE with the loader's words when there is no libcurl or one too old. */
#ifndef SLS_CORE_HTTP_CURL_H
#define SLS_CORE_HTTP_CURL_H

#include "core/status.h"

#include <curl/curl.h>

struct curl_functions {
    CURLcode (*global_init)(long flags);
    void (*global_cleanup)(void);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
    const char *(*easy_strerror)(CURLcode code);
    void (*easy_cleanup)(CURL *easy);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_socket_action)(CURLM *multi, curl_socket_t fd, int events, int *ret_running);
    CURLMcode (*multi_assign)(CURLM *multi, curl_socket_t fd, void *user);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *ret_left);
    CURLMcode (*multi_cleanup)(CURLM *multi);
};

/* The library stays in the process: its own libraries do not like to be unloaded. */
MUST_CHECK enum status curl_load(struct curl_functions *ret_curl, struct fault *reterr);

#endif
