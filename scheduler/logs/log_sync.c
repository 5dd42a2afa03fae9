/* What is slow goes aside, to libuv's pool: syncing, unlinking, removing. */
#include "core/file.h"
#include "scheduler/logs/log_store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct work {
    uv_work_t request;
    struct log_store *store;
    void (*on_done)(struct work *work);
    /* Files to sync, then a directory and the one it is in, then a file to unlink or a tree to remove. */
    char **files;
    size_t file_count;
    char *directory; /* NULL: not */
    char *parent;
    char *unlinked; /* NULL: none */
    char *tree;     /* NULL: none */
    struct log_group *group;
    struct sync_waiter *waiters;
    enum status status;
};

/* One that is gone needs no sync. */
static bool sync_path(const char *path, int flags)
{
    AUTO_FD fd = open(path, flags | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT;
    }
    return fdatasync(fd) == 0;
}

static void run(uv_work_t *request)
{
    struct work *work = CONTAINER_OF(request, struct work, request);
    struct fault fault;
    bool is_synced = true;
    for (size_t i = 0; i < work->file_count; i++) {
        is_synced = sync_path(work->files[i], O_RDONLY) && is_synced;
    }
    if (work->directory != NULL) {
        is_synced = sync_path(work->directory, O_RDONLY | O_DIRECTORY) &&
                    sync_path(work->parent, O_RDONLY | O_DIRECTORY) && is_synced;
    }
    work->status = is_synced ? STATUS_OK : STATUS_UNAVAILABLE;
    if (work->unlinked != NULL && is_synced) {
        (void)unlink(work->unlinked);
    }
    if (work->tree != NULL) {
        (void)!file_remove_tree(work->tree, &fault);
    }
}

static void free_work(struct work *work)
{
    for (size_t i = 0; i < work->file_count; i++) {
        mem_free(work->files[i]);
    }
    mem_free(work->files);
    mem_free(work->directory);
    mem_free(work->parent);
    mem_free(work->unlinked);
    mem_free(work->tree);
    mem_free(work);
}

static void on_over(uv_work_t *request, int status)
{
    struct work *work = CONTAINER_OF(request, struct work, request);
    struct log_store *store = work->store;
    (void)status;
    if (work->on_done != NULL) {
        work->on_done(work);
    }
    free_work(work);
    alarms_release(store->context->alarms);
    store->works--;
    log_store_maybe_close(store);
}

static struct work *new_work(struct log_store *store)
{
    struct work *work = mem_zalloc(sizeof *work);
    work->store = store;
    return work;
}

static void queue_work(struct work *work)
{
    work->store->works++;
    alarms_hold(work->store->context->alarms);
    uv_queue_work(work->store->context->loop, &work->request, run, on_over);
}

static void add_file(struct work *work, const struct log_group *group, uint32_t number)
{
    char path[SEGMENT_PATH_MAX];
    segment_path(path, group, number);
    work->files = mem_realloc(work->files, (work->file_count + 1) * sizeof(char *));
    work->files[work->file_count++] = mem_strdup(path);
}

void log_group_unlink(struct log_group *group, uint32_t number, bool syncs)
{
    char path[SEGMENT_PATH_MAX];
    struct work *work = new_work(group->store);
    segment_path(path, group, number);
    work->unlinked = mem_strdup(path);
    if (syncs && !group->store->is_volatile) {
        add_file(work, group, log_group_last(group)->number);
    }
    queue_work(work);
}

void log_store_remove_tree(struct log_store *store, const char *path)
{
    struct work *work = new_work(store);
    work->tree = mem_strdup(path);
    queue_work(work);
}

/* --- rounds: one sync for all that wait --- */

static void begin_round(struct log_group *group);

static void on_round_done(struct work *work)
{
    struct log_group *group = work->group;
    group->is_syncing = false;
    group->is_directory_new =
        group->is_directory_new || (work->directory != NULL && work->status != STATUS_OK);
    if (group->waiting != NULL) {
        begin_round(group);
    }
    while (work->waiters != NULL) {
        struct sync_waiter *waiter = work->waiters;
        work->waiters = waiter->next;
        waiter->on_synced(waiter->ctx, work->status);
        mem_free(waiter);
    }
}

static void begin_round(struct log_group *group)
{
    struct log_store *store = group->store;
    struct work *work = new_work(store);
    uint32_t first = UINT32_MAX;
    work->group = group;
    work->waiters = group->waiting;
    work->on_done = on_round_done;
    group->waiting = NULL;
    group->waiting_end = &group->waiting;
    group->is_syncing = true;
    for (const struct sync_waiter *waiter = work->waiters; waiter != NULL; waiter = waiter->next) {
        first = waiter->segment < first ? waiter->segment : first;
    }
    for (size_t i = 0; !store->is_volatile && i < group->segment_count; i++) {
        if (group->segments[i].number >= first) {
            add_file(work, group, group->segments[i].number);
        }
    }
    if (group->is_directory_new && !store->is_volatile) {
        group->is_directory_new = false;
        work->directory = mem_strdup(group->dir);
        work->parent = mem_strdup(store->dir);
    }
    queue_work(work);
}

void log_group_sync(struct log_group *group, log_synced_fn *on_synced, void *ctx)
{
    const struct segment_file *last = log_group_last(group);
    struct sync_waiter *waiter = mem_zalloc(sizeof *waiter);
    waiter->on_synced = on_synced;
    waiter->ctx = ctx;
    waiter->segment = last != NULL ? last->number : 0;
    *group->waiting_end = waiter;
    group->waiting_end = &waiter->next;
    if (!group->is_syncing) {
        begin_round(group);
    }
}
