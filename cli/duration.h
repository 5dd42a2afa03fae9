/* Durations as people write them.
 *
 *     duration := seconds | (number unit)+ | "P" [n "W"] [n "D"] ["T" [n "H"] [n "M"] [n "S"]]
 *     unit     := "w" | "d" | "h" | "m" | "s" | "ms"         (each once, the longer first: 2h30m)
 *
 * Limits  DURATION_MAX_MS. */
#ifndef SLS_CLI_DURATION_H
#define SLS_CLI_DURATION_H

#include "core/slice.h"

#define DURATION_MAX_MS (INT64_C(3660) * 86400 * 1000) /* ten years: one turn of the clock */
#define DURATION_TEXT_MAX 64

/* INVALID tells the forms, LIMIT the maximum. */
MUST_CHECK enum status duration_parse(struct slice text, int64_t *ret_ms, struct fault *reterr);
/* "2d 3h", "45s", "0s": the two largest units, rounded down. */
const char *duration_text(char out[DURATION_TEXT_MAX], int64_t ms);

#endif
