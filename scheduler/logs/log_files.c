/* The directory of a group: its segments, the one that grows, the one that goes. */
#include "core/file.h"
#include "scheduler/logs/log_store_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define GONE_PREFIX "~gone-" /* a directory on its way out */

/* --- names --- */

/* "/aws/lambda/hello" is "+aws+lambda+hello": group names have no '+'. */
void log_directory_name(char out[LOG_DIRECTORY_TEXT_MAX], struct slice group)
{
    struct slice front = slice_take(group, LOG_DIRECTORY_NAME_MAX);
    for (size_t i = 0; i < front.len; i++) {
        out[i] = front.ptr[i] == '/' ? '+' : front.ptr[i];
    }
    out[front.len] = '\0';
    if (front.len < group.len || slice_is(group, ".") || slice_is(group, "..")) {
        (void)snprintf(out + front.len, 20, "~%016llx", (unsigned long long)slice_hash(group));
    }
}

void segment_path(char out[SEGMENT_PATH_MAX], const struct log_group *group, uint32_t number)
{
    (void)snprintf(out, SEGMENT_PATH_MAX, "%s/%08u.log", group->dir, (unsigned)number);
}

static int compare_segments(const void *a, const void *b)
{
    const struct segment_file *left = a, *right = b;
    return left->number < right->number ? -1 : left->number > right->number;
}

static struct segment_file *add_segment(struct log_group *group, uint32_t number, uint64_t len)
{
    if (group->segment_count == group->segment_room) {
        group->segment_room = group->segment_room == 0 ? 2 : group->segment_room * 2;
        group->segments =
            mem_realloc(group->segments, group->segment_room * sizeof(struct segment_file));
    }
    struct segment_file *segment = &group->segments[group->segment_count++];
    *segment = (struct segment_file){
        .number = number, .len = len, .first_ms = INT64_MAX, .last_ms = INT64_MIN};
    return segment;
}

void log_group_list(struct log_group *group)
{
    if (group->is_listed) {
        return;
    }
    group->is_listed = true;
    DIR *dir = opendir(group->dir);
    struct dirent *entry;
    struct stat info;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        uint32_t number = segment_number(slice_from(entry->d_name));
        if (number > 0 && fstatat(dirfd(dir), entry->d_name, &info, 0) == 0) {
            (void)add_segment(group, number, (uint64_t)info.st_size);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    if (group->segment_count > 1) {
        qsort(group->segments, group->segment_count, sizeof(struct segment_file), compare_segments);
    }
}

/* The group that a segment says it is of: its first record. */
static bool read_group_name(const char *path, char name[LOG_NAME_MAX], struct slice *ret_name)
{
    char bytes[sizeof(struct frame_head) + sizeof(struct record_head) + LOG_NAME_MAX +
               sizeof(struct frame_tail)];
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? pread(fd, bytes, sizeof bytes, 0) : -1;
    struct frame frame;
    struct record record;
    uint64_t offset = 0;
    size_t at = 0;
    if (len < 0 || !frame_next(slice_of(bytes, (size_t)len), &offset, &frame) ||
        !record_next(&frame, &at, &record) || record.kind != RECORD_GROUP ||
        record.text.len > LOG_NAME_MAX) {
        return false;
    }
    memcpy(name, record.text.ptr, record.text.len);
    *ret_name = slice_of(name, record.text.len);
    return true;
}

static bool find_group_name(const char *dir_path, char name[LOG_NAME_MAX], struct slice *ret_name)
{
    DIR *dir = opendir(dir_path);
    struct dirent *entry;
    bool is_found = false;
    while (dir != NULL && !is_found && (entry = readdir(dir)) != NULL) {
        char path[SEGMENT_PATH_MAX];
        is_found =
            segment_number(slice_from(entry->d_name)) > 0 &&
            (size_t)snprintf(path, sizeof path, "%s/%s", dir_path, entry->d_name) < sizeof path &&
            read_group_name(path, name, ret_name);
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return is_found;
}

void log_store_each_directory(struct log_store *store, void (*each)(void *ctx, struct slice group),
                              void *ctx)
{
    DIR *dir = opendir(store->dir);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[SEGMENT_PATH_MAX], name[LOG_NAME_MAX];
        struct slice group;
        if ((size_t)snprintf(path, sizeof path, "%s/%s", store->dir, entry->d_name) >=
            sizeof path) {
            continue;
        }
        if (strncmp(entry->d_name, GONE_PREFIX, strlen(GONE_PREFIX)) == 0) {
            log_store_remove_tree(store, path);
        } else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                   find_group_name(path, name, &group)) {
            each(ctx, group);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

/* --- growing --- */

enum status segment_append(struct log_group *group, struct segment_file *segment,
                           struct slice frame)
{
    char path[SEGMENT_PATH_MAX];
    segment_path(path, group, segment->number);
    AUTO_FD fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        return STATUS_UNAVAILABLE;
    }
    if (!fd_write_all(fd, frame)) {
        int error = errno;
        group->may_append = ftruncate(fd, (off_t)segment->len) == 0;
        errno = error;
        return STATUS_UNAVAILABLE;
    }
    segment->len += frame.len;
    segment->has_summary = false;
    return STATUS_OK;
}

static enum status begin_segment(struct log_group *group, struct segment_file **ret_segment)
{
    struct fault fault;
    const struct segment_file *last = log_group_last(group);
    uint32_t number = last != NULL ? last->number + 1 : 1;
    AUTO_BUF frame = BUF_INIT(4096);
    frame_begin(&frame);
    frame_put(&frame, RECORD_GROUP, 0, 0, group->name);
    frame_end(&frame, &(struct frame_head){
                          .magic = FRAME_EVENTS, .first_ms = INT64_MAX, .last_ms = INT64_MIN});
    if (number == 1 && file_make_dirs(group->dir, &fault) != STATUS_OK) {
        return STATUS_UNAVAILABLE;
    }
    struct segment_file *segment = add_segment(group, number, 0);
    group->may_append = true;
    group->is_directory_new = true;
    enum status status = segment_append(group, segment, buf_slice(&frame));
    if (status != STATUS_OK) {
        group->segment_count--;
        group->may_append = false;
        return status;
    }
    *ret_segment = segment;
    return STATUS_OK;
}

static bool is_beyond_cap(const struct log_group *group)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < group->segment_count; i++) {
        bytes += group->segments[i].len;
    }
    return group->segment_count > 1 &&
           (bytes > LOG_GROUP_MAX - LOG_SEGMENT_MAX || group->segment_count > LOG_SEGMENTS_MAX);
}

enum status log_group_current(struct log_group *group, struct segment_file **ret_segment)
{
    log_group_list(group);
    struct segment_file *last = log_group_last(group);
    if (last != NULL && !group->may_append) {
        group->may_append = log_group_resume(group);
    }
    if (last != NULL && group->may_append) {
        if (last->len < LOG_SEGMENT_MAX) {
            *ret_segment = last;
            return STATUS_OK;
        }
        segment_summarize(group, last);
    }
    if (!group->was_used) {
        log_group_unload(group);
    }
    group->was_used = false;
    enum status status = begin_segment(group, &last);
    while (status == STATUS_OK && is_beyond_cap(group) && log_group_drop_first(group)) {
    }
    *ret_segment = log_group_last(group);
    return status;
}

/* --- shrinking --- */

/* What a client created must not go with the segment that named it last: the current one names it again. */
static enum status name_again(struct log_group *group, uint32_t number, bool *ret_has_named)
{
    AUTO_BUF frame = BUF_INIT(LOG_STREAMS_MAX * (LOG_NAME_MAX + 64));
    struct segment_file *current = log_group_last(group);
    *ret_has_named = false;
    frame_begin(&frame);
    for (size_t i = 0; i < group->streams.count; i++) {
        struct log_stream *stream = group->streams.items[i];
        if (stream->is_kept && stream->last_segment <= number && stream->last_segment > 0) {
            frame_put(&frame, RECORD_KEPT_STREAM, 0, stream->created_ms, stream->name);
            stream->last_segment = current->number;
            *ret_has_named = true;
        }
    }
    if (!*ret_has_named) {
        return STATUS_OK;
    }
    frame_end(&frame, &(struct frame_head){
                          .magic = FRAME_EVENTS, .first_ms = INT64_MAX, .last_ms = INT64_MIN});
    return segment_append(group, current, buf_slice(&frame));
}

static void forget_streams(struct log_group *group, uint32_t number)
{
    for (size_t i = group->streams.count; i > 0; i--) {
        struct log_stream *stream = group->streams.items[i - 1];
        if (stream->last_segment <= number && stream->last_segment > 0 &&
            !log_stream_is_pending(stream)) {
            log_stream_unlist(stream);
            log_stream_maybe_free(stream);
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < group->gone_count; i++) {
        if (group->gone[i].segment > number) {
            group->gone[kept++] = group->gone[i];
        } else {
            mem_free(group->gone[i].name);
        }
    }
    group->gone_count = kept;
}

bool log_group_drop_first(struct log_group *group)
{
    log_group_load(group);
    uint32_t number = group->segments[0].number;
    bool has_named;
    if (name_again(group, number, &has_named) != STATUS_OK) {
        return false;
    }
    forget_streams(group, number);
    group->segment_count--;
    memmove(group->segments, group->segments + 1,
            group->segment_count * sizeof(struct segment_file));
    log_group_unlink(group, number, has_named);
    return true;
}

void log_group_clear(struct log_group *group)
{
    struct log_store *store = group->store;
    char aside[SEGMENT_PATH_MAX];
    buf_clear(&group->batch.bytes);
    for (size_t i = group->streams.count; i > 0; i--) {
        struct log_stream *stream = group->streams.items[i - 1];
        log_stream_unlist(stream);
        log_stream_maybe_free(stream);
    }
    log_group_drop_catalog(group);
    group->segment_count = 0;
    group->is_listed = true;
    group->is_loaded = true;
    group->may_append = false;
    int len = snprintf(aside, sizeof aside, "%s/" GONE_PREFIX "%u-%u", store->dir,
                       (unsigned)uv_os_getpid(), (unsigned)store->next_gone++);
    if ((size_t)len < sizeof aside && rename(group->dir, aside) == 0) {
        log_store_remove_tree(store, aside);
    }
}
