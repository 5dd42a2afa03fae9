/* What the files of the page share. Private to page*.c. */
#ifndef SLS_CLI_PAGE_PRIVATE_H
#define SLS_CLI_PAGE_PRIVATE_H

#include "cli/page.h"
#include "core/json_writer.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define BLUE "\033[34m"
#define CYAN "\033[36m"
#define DIM "\033[2m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

/* The code on a terminal, nothing elsewhere. */
static inline const char *page_colour(const struct page *page, const char *code)
{
    return page->has_colour ? code : "";
}

/* Starts a line, making room first: a line that did not fit would be dropped whole. */
struct buf *page_line_begin(struct page *page);
/* A line of PAGE_JSON with its time and type; the caller adds members. */
struct json_writer page_json_begin(struct page *page, const char *type);
void page_json_end(struct page *page, struct json_writer *w);

#endif
