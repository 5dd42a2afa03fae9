/* What bodies.c, its sweep, readers and writers share. */
#ifndef SLS_SCHEDULER_S3_BODIES_PRIVATE_H
#define SLS_SCHEDULER_S3_BODIES_PRIVATE_H

#include "scheduler/s3/bodies.h"

#define BODY_PATH_MAX 4096

/* Files to be unlinked when the last of their readers has ended. */
struct doomed {
    size_t holders;
    size_t count;
    uint64_t ids[];
};

struct bodies {
    struct scheduler *scheduler;
    char *dir; /* "DATA/objects" */
    struct crc_tables crc_tables;
    uint32_t run;
    uint32_t counter;
    bool is_marked;   /* this run wrote its number */
    bool needs_sweep; /* an earlier run did not end in order */
    size_t work;      /* unlinks and sweeps on the pool */
    struct body_reader *readers;
    bool is_closing;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

/* The id of a new file; the run is marked by a job before any that could refer to it. */
uint64_t bodies_new_id(struct bodies *bodies);
void bodies_path(const struct bodies *bodies, uint64_t id, char path[BODY_PATH_MAX]);
/* Unlinks on the pool. */
void bodies_unlink(struct bodies *bodies, const uint64_t *ids, size_t count);
void bodies_work_begun(struct bodies *bodies);
void bodies_work_ended(struct bodies *bodies);
void body_sweep_start(struct bodies *bodies);

/* Readers keep the files of an object although its record goes. */
void bodies_hold(struct bodies *bodies, struct body_reader *reader);
void bodies_unhold(struct bodies *bodies, struct body_reader *reader);

#endif
