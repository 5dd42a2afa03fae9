/* What the files of the mirror share. */
#ifndef SLS_SCHEDULER_S3_MIRROR_PRIVATE_H
#define SLS_SCHEDULER_S3_MIRROR_PRIVATE_H

#include "scheduler/s3/body_reader.h"
#include "scheduler/s3/body_writer.h"
#include "scheduler/s3/mirror.h"
#include "scheduler/s3/mirror_folder.h"
#include "scheduler/s3/object_write.h"

/* What is seen of a file. */
struct file_state {
    bool is_there; /* as a regular file */
    bool is_other; /* a folder, a link... stands in its place */
    uint64_t size;
    int64_t mtime_ns;
};

enum mirror_task_kind {
    TASK_FILE,  /* the file may have changed: the bucket follows */
    TASK_OBJECT /* the object has changed: the folder follows */
};

struct mirror_task {
    struct mirror_task *next;
    enum mirror_task_kind kind;
    struct file_state left; /* TASK_OBJECT: the file as it was left; may be none */
    size_t key_len;
    char key[];
};

struct mirror {
    struct mirrors *mirrors;
    struct mirror *next;
    char *bucket_name;
    char *dir;
    struct mirror_folder *folder;
    struct mirror_task *first, **end; /* the first is under way when is_busy */
    bool is_busy, is_holding;
    /* keys still to be looked at: those of the bucket that begin with a prefix */
    struct mirror_check *checks;

    /* the task under way */
    struct arena arena;
    uv_work_t work;
    char *path;
    struct file_state state;
    struct bucket *bucket; /* held */
    bool has_object;
    struct object object;
    struct slice bytes; /* of an inline body; ptr NULL: in files */
    /* a file on its way in */
    uv_fs_t fs;
    int fd;
    char *buffer;
    struct body_writer *writer;
    struct object_part part;
    struct object_change change;
    struct object_write write;
    /* an object on its way out */
    char *temporary;
    struct body_reader *reader;
    struct slice piece; /* being written */
    int error;          /* errno of the pool's work */
};

struct mirrors {
    struct s3 *s3;
    struct mirror *first;
    bool is_started, is_closing;
    size_t open; /* mirrors that are not closed */
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

static inline struct s3 *mirror_s3(const struct mirror *mirror)
{
    return mirror->mirrors->s3;
}

static inline uv_loop_t *mirror_loop(const struct mirror *mirror)
{
    return mirror_s3(mirror)->scheduler->context->loop;
}

static inline struct slice mirror_key(const struct mirror *mirror)
{
    return slice_of(mirror->first->key, mirror->first->key_len);
}

/* Any thread. */
void file_look(const char *path, struct file_state *ret_state);
bool file_is_same(const struct file_state *a, const struct file_state *b);

/* How the file of an object looks. */
struct file_state file_of_object(const struct object *object);

/* The task under way is over. */
void mirror_task_done(struct mirror *mirror);
void mirror_trouble(struct mirror *mirror, const char *what, const char *reason);

/* mirror_upload.c: the file becomes the object. mirror_out.c: the object becomes the file, or its file goes. */
void mirror_upload(struct mirror *mirror);
void mirror_delete_object(struct mirror *mirror);
void mirror_write_file(struct mirror *mirror);
void mirror_remove_file(struct mirror *mirror);

#endif
