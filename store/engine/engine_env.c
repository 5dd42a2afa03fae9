#include "store/engine/engine_private.h"

#include "core/file.h"
#include "core/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT_VERSION                                                                             \
    1 /* of everything in the file; raised when an older program could not read it */
#define FORMAT_KEY SLICE("v")

#define MAP_DEFAULT_BYTES ((size_t)1 << 30)
#define MAP_SMALLEST_BYTES ((size_t)16 << 20) /* where address space is scarce */
#define MAP_ROUND_BYTES ((size_t)64 << 10)    /* a multiple of every page size */
/* The loop's own, long reads, snapshots of the past, and another process with `store check`. */
#define READERS_MAX (16 + (SNAPSHOTS_MAX + 1) * (1 + LONG_READS_MAX))
#define LOCK_FILE_BYTES (16 << 10) /* holds READERS_MAX slots of 64 bytes */

static const char *const db_names[DB_COUNT] = {
    [DB_META] = "meta",
    [DB_ITEMS] = "items",
    [DB_ENTRIES] = "entries",
    [DB_LOG] = "log",
    [DB_STATE] = "state",
    [DB_MESSAGES] = "messages",
    [DB_OBJECTS] = "objects",
    [DB_RECORDS] = "records",
};

static enum status refuse(const struct engine *engine, int rc, struct fault *reterr)
{
    switch (rc) {
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s: not a store, or damaged", engine->path);
    case MDB_VERSION_MISMATCH:
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s: of another version of LMDB",
                         engine->path);
    case EACCES:
    case EPERM:
    case EROFS:
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s: not writable: %s", engine->path,
                         mdb_strerror(rc));
    default:
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", engine->path, mdb_strerror(rc));
    }
}

/* One writing process at a time: a second one would not see what the first has in memory. */
static enum status hold_file(struct engine *engine, struct fault *reterr)
{
    engine->lock_fd = open(engine->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (engine->lock_fd < 0) {
        return refuse(engine, errno, reterr);
    }
    if (flock(engine->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? fault_set(reterr, STATUS_UNAVAILABLE,
                                                "%s: another process has it open", engine->path)
                                    : refuse(engine, errno, reterr);
    }
    return STATUS_OK;
}

/* LMDB maps its lock file and writes to it: with its blocks allocated a full disk is an error here and not a
 * SIGBUS there. */
static enum status allocate_lock_file(struct engine *engine, struct fault *reterr)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s-lock", engine->path);
    if (len < 0 || (size_t)len >= sizeof path) {
        return refuse(engine, ENAMETOOLONG, reterr);
    }
    AUTO_FD fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        return refuse(engine, errno, reterr);
    }
    struct stat stat;
    if (fstat(fd, &stat) == 0 && stat.st_size >= LOCK_FILE_BYTES) {
        return STATUS_OK;
    }
    int rc = posix_fallocate(fd, 0, LOCK_FILE_BYTES);
    return rc == 0 || rc == EINVAL || rc == EOPNOTSUPP ? STATUS_OK : refuse(engine, rc, reterr);
}

static size_t file_bytes(const struct engine *engine)
{
    struct stat file;
    return stat(engine->path, &file) == 0 ? (size_t)file.st_size : 0;
}

/* A file that is made now holds nothing yet that anyone was promised: its first pages wait for the first commit. */
static unsigned unsynced(const struct engine *engine)
{
    return engine->options.is_volatile || file_bytes(engine) == 0 ? MDB_NOSYNC | MDB_NOMETASYNC : 0;
}

void env_forget_dead_readers(struct engine *engine)
{
    int dead = 0;
    if (engine->env != NULL) {
        (void)mdb_reader_check(engine->env, &dead);
    }
}

/* On failure there is no environment. */
static int open_lmdb(struct engine *engine, size_t map_bytes)
{
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
    flags |= engine->options.is_read_only ? 0 : unsynced(engine);
    flags |= engine->options.is_read_only ? MDB_RDONLY : 0;
    int rc = mdb_env_create(&engine->env);
    if (rc != 0) {
        engine->env = NULL;
        return rc;
    }
    rc = mdb_env_set_maxdbs(engine->env, DB_COUNT);
    rc = rc != 0 ? rc : mdb_env_set_maxreaders(engine->env, READERS_MAX);
    rc = rc != 0 ? rc : mdb_env_set_mapsize(engine->env, map_bytes);
    rc = rc != 0 ? rc : mdb_env_open(engine->env, engine->path, flags, 0644);
    if (rc != 0) {
        mdb_env_close(engine->env);
        engine->env = NULL;
        return rc;
    }
    MDB_envinfo info;
    mdb_env_info(engine->env, &info);
    engine->map_bytes = info.me_mapsize;
    env_forget_dead_readers(engine);
    return 0;
}

static int open_lmdb_that_fits(struct engine *engine)
{
    size_t file = file_bytes(engine);
    size_t map = engine->options.map_bytes;
    if (map == 0) {
        map = file > MAP_DEFAULT_BYTES / 2 ? 2 * file : MAP_DEFAULT_BYTES;
    }
    map = (map + MAP_ROUND_BYTES - 1) / MAP_ROUND_BYTES * MAP_ROUND_BYTES;
    int rc = open_lmdb(engine, map);
    while (rc == ENOMEM && map / 2 >= MAP_SMALLEST_BYTES && map / 2 >= file) {
        map /= 2;
        rc = open_lmdb(engine, map);
    }
    return rc;
}

static int open_databases(struct engine *engine, MDB_txn *txn)
{
    unsigned flags = engine->options.is_read_only ? 0 : MDB_CREATE;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < DB_COUNT; i++) {
        rc = mdb_dbi_open(txn, db_names[i], flags, &engine->dbis[i]);
        if (rc == MDB_NOTFOUND && i > DB_LOG) { /* an older file, which is only read */
            engine->dbis[i] = DBI_ABSENT;
            rc = 0;
        }
    }
    return rc == MDB_NOTFOUND ? MDB_INVALID : rc;
}

/* 0 for a file without anything of ours in it. */
static int read_version(struct engine *engine, MDB_txn *txn, uint32_t *ret_version)
{
    MDB_val key = {FORMAT_KEY.len, (void *)(uintptr_t)FORMAT_KEY.ptr};
    MDB_val value;
    int rc = mdb_get(txn, engine->dbis[DB_META], &key, &value);
    if (rc == 0 && value.mv_size == sizeof(uint32_t)) {
        const uint8_t *b = value.mv_data;
        *ret_version =
            (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        return 0;
    }
    if (rc != MDB_NOTFOUND) {
        return rc != 0 ? rc : MDB_INVALID;
    }
    MDB_stat stat;
    rc = mdb_stat(txn, engine->dbis[DB_META], &stat);
    if (rc != 0) {
        return rc;
    }
    *ret_version = 0;
    return stat.ms_entries == 0 ? 0 : MDB_INVALID;
}

static int write_version(struct engine *engine, MDB_txn *txn)
{
    uint8_t version[4] = {FORMAT_VERSION & 0xff, FORMAT_VERSION >> 8, 0, 0};
    MDB_val key = {FORMAT_KEY.len, (void *)(uintptr_t)FORMAT_KEY.ptr};
    MDB_val value = {sizeof version, version};
    return mdb_put(txn, engine->dbis[DB_META], &key, &value, 0);
}

static void sync_directory(const char *dir)
{
    AUTO_FD fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
    }
}

static enum status open_content(struct engine *engine, struct fault *reterr)
{
    if (mdb_env_get_maxkeysize(engine->env) < ENGINE_KEY_MAX) {
        return fault_set(reterr, STATUS_UNAVAILABLE,
                         "this LMDB allows keys of %d bytes, %d are needed",
                         mdb_env_get_maxkeysize(engine->env), ENGINE_KEY_MAX);
    }
    MDB_txn *txn = NULL;
    uint32_t version = 0;
    int rc = mdb_txn_begin(engine->env, NULL, engine->options.is_read_only ? MDB_RDONLY : 0, &txn);
    if (rc != 0) {
        return refuse(engine, rc, reterr);
    }
    rc = open_databases(engine, txn);
    rc = rc != 0 ? rc : read_version(engine, txn, &version);
    bool is_new = rc == 0 && version == 0;
    if (is_new) {
        rc = engine->options.is_read_only ? MDB_INVALID : write_version(engine, txn);
    } else if (rc == 0 && version != FORMAT_VERSION) {
        mdb_txn_abort(txn);
        return fault_set(reterr, STATUS_UNAVAILABLE,
                         "%s: has format %u, this program reads format %d", engine->path, version,
                         FORMAT_VERSION);
    }
    if (rc != 0) {
        mdb_txn_abort(txn);
        return refuse(engine, rc, reterr);
    }
    rc = mdb_txn_commit(txn);
    if (rc == 0 && !engine->options.is_volatile && !engine->options.is_read_only) {
        rc = mdb_env_set_flags(engine->env, MDB_NOSYNC | MDB_NOMETASYNC, 0);
    }
    engine->is_new = is_new && !engine->options.is_volatile;
    return rc == 0 ? STATUS_OK : refuse(engine, rc, reterr);
}

/* A new file is there after a power cut only when its directory was synced, and it was opened without syncing. */
void env_sync_new(struct engine *engine)
{
    if (engine->is_new && engine->env != NULL) {
        (void)mdb_env_sync(engine->env, 1);
        sync_directory(engine->dir);
        engine->is_new = false;
    }
}

enum status env_open(struct engine *engine, struct fault *reterr)
{
    if (!file_is_dir(engine->dir)) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s: no such directory", engine->dir);
    }
    if (engine->options.is_read_only) {
        if (!file_is_regular(engine->path)) {
            return fault_set(reterr, STATUS_UNAVAILABLE, "%s: no such file", engine->path);
        }
    } else {
        enum status status = hold_file(engine, reterr);
        if (status == STATUS_OK) {
            status = allocate_lock_file(engine, reterr);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    int rc = open_lmdb_that_fits(engine);
    return rc == 0 ? open_content(engine, reterr) : refuse(engine, rc, reterr);
}

void env_close(struct engine *engine)
{
    if (engine->env != NULL) {
        mdb_env_close(engine->env);
        engine->env = NULL;
    }
    fd_close_at(&engine->lock_fd);
}

/* The file stays held. */
static int open_again(struct engine *engine, size_t map_bytes)
{
    if (engine->env != NULL) {
        mdb_env_close(engine->env);
        engine->env = NULL;
    }
    int rc = open_lmdb(engine, map_bytes);
    if (rc != 0) {
        return rc;
    }
    struct fault fault;
    if (open_content(engine, &fault) != STATUS_OK) {
        mdb_env_close(engine->env);
        engine->env = NULL;
        return MDB_PANIC;
    }
    return 0;
}

int env_reopen(struct engine *engine)
{
    return open_again(engine, engine->map_bytes);
}

int env_grow(struct engine *engine)
{
    size_t before = engine->map_bytes;
    if (engine->env == NULL) {
        return MDB_PANIC;
    }
    if (before > SIZE_MAX / 2) {
        return ENOMEM;
    }
    int rc = mdb_env_set_mapsize(engine->env, 2 * before);
    if (rc == 0) {
        engine->map_bytes = 2 * before;
        return 0;
    }
    /* LMDB is without any map now: the old size again, so that reads go on. */
    int again = open_again(engine, before);
    return again != 0 ? again : rc;
}

void engine_stats(struct engine *engine, struct engine_stats *ret_stats)
{
    *ret_stats =
        (struct engine_stats){.map_bytes = engine->map_bytes, .file_bytes = file_bytes(engine)};
    uv_mutex_lock(&engine->mutex);
    ret_stats->commits = engine->commits;
    ret_stats->jobs = engine->jobs;
    uv_mutex_unlock(&engine->mutex);
    struct txn *txn = engine_read_begin(engine, 0);
    for (size_t i = 0; txn->error == 0 && i < DB_COUNT; i++) {
        MDB_stat stat;
        if (engine->dbis[i] != DBI_ABSENT &&
            mdb_stat(txn->lmdb, engine->dbis[i], &stat) == 0) {
            ret_stats->used_bytes +=
                (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) *
                (uint64_t)stat.ms_psize;
        }
    }
    engine_read_end(engine, txn);
}

enum status engine_compact(struct engine *engine, const char *path, struct fault *reterr)
{
    int rc = engine->env != NULL ? mdb_env_copy2(engine->env, path, MDB_CP_COMPACT) : MDB_PANIC;
    if (rc == 0) {
        AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
        rc = fd >= 0 && fsync(fd) == 0 ? 0 : errno;
    }
    if (rc == 0) {
        return STATUS_OK;
    }
    if (rc != EEXIST) {
        (void)unlink(path);
    }
    return fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", path, mdb_strerror(rc));
}

/* LMDB's lock file tells which commit is the newest, which is not true of the copy. LMDB makes it anew when nobody
 * else has it; while it is locked here nobody does. */
static int exchange_files(struct engine *engine, const char *copy, const char *lock)
{
    AUTO_FD fd = open(lock, O_RDWR | O_CLOEXEC);
    struct flock alone = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    if (fd < 0) {
        return errno;
    }
    if (fcntl(fd, F_SETLK, &alone) != 0) {
        return errno == EACCES || errno == EAGAIN ? EBUSY : errno;
    }
    if (rename(copy, engine->path) != 0 || ftruncate(fd, 0) != 0) {
        return errno;
    }
    sync_directory(engine->dir);
    return 0;
}

enum status engine_replace(struct engine *engine, uint64_t *ret_before, uint64_t *ret_after,
                           struct fault *reterr)
{
    size_t size = strlen(engine->path) + sizeof "-compact";
    char *copy = mem_alloc(size);
    char *lock = mem_alloc(size);
    snprintf(copy, size, "%s-compact", engine->path);
    snprintf(lock, size, "%s-lock", engine->path);
    *ret_before = file_bytes(engine);
    (void)unlink(copy); /* of one that was killed */
    enum status status = engine_compact(engine, copy, reterr);
    if (status == STATUS_OK) {
        assert(engine->reads == 0 && engine->long_reads == 0 && engine->pending == 0);
        reads_forget_past(engine);
        reads_drop_idle(engine);
        mdb_env_close(engine->env); /* the file stays held */
        engine->env = NULL;
        int rc = exchange_files(engine, copy, lock);
        *ret_after = file_bytes(engine);
        if (rc != 0) {
            (void)unlink(copy);
            status = rc == EBUSY ? fault_set(reterr, STATUS_UNAVAILABLE,
                                             "%s: another process reads it", engine->path)
                                 : refuse(engine, rc, reterr);
        }
    }
    mem_free(copy);
    mem_free(lock);
    return status;
}
