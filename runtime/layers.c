/* A function's layers as one folder: one layer as it is, several merged in their order with hard
 * links. */
#include "core/file.h"
#include "core/mem.h"
#include "runtime/limits.h"
#include "runtime/plan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64, PATH_LEN = 4096 };

/* Walks a layer: once to learn its state (`to` NULL), once to link its files. */
struct walk {
    uint64_t state; /* changes when a file is added, removed or written */
    struct fault fault;
};

static bool copy_file(const char *from, const char *to, mode_t mode)
{
    char piece[65536];
    ssize_t count;
    AUTO_FD in = open(from, O_RDONLY | O_CLOEXEC);
    AUTO_FD out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0777);
    if (in < 0 || out < 0) {
        return false;
    }
    while ((count = read(in, piece, sizeof piece)) > 0) {
        if (write(out, piece, (size_t)count) != count) {
            return false;
        }
    }
    return count == 0;
}

/* A later layer's file replaces an earlier one's. */
static bool place(const char *from, const char *to, const struct stat *file)
{
    char target[PATH_LEN];
    (void)unlink(to);
    if (S_ISLNK(file->st_mode)) {
        ssize_t len = readlink(from, target, sizeof target - 1);
        if (len < 0) {
            return false;
        }
        target[len] = '\0';
        return symlink(target, to) == 0;
    }
    if (!S_ISREG(file->st_mode)) {
        return true;
    }
    return link(from, to) == 0 || copy_file(from, to, file->st_mode);
}

static bool walk_tree(struct walk *walk, const char *from, const char *to, int depth)
{
    bool is_fine = true;
    DIR *dir = opendir(from);
    struct dirent *entry;
    if (dir == NULL || (to != NULL && file_make_dirs(to, &walk->fault) != STATUS_OK)) {
        if (dir != NULL) {
            closedir(dir);
        }
        return false;
    }
    while (is_fine && (entry = readdir(dir)) != NULL) {
        char path[PATH_LEN];
        char target[PATH_LEN];
        struct stat file;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        int len = snprintf(path, sizeof path, "%s/%s", from, entry->d_name);
        int target_len =
            to != NULL ? snprintf(target, sizeof target, "%s/%s", to, entry->d_name) : 0;
        if (len >= PATH_LEN || target_len >= PATH_LEN || lstat(path, &file) != 0) {
            continue;
        }
        /* A sum, because readdir's order is nobody's promise. */
        walk->state += slice_hash(slice_from(path)) ^ (uint64_t)file.st_size * 1099511628211U ^
                       (uint64_t)file.st_mtim.tv_nsec ^ (uint64_t)file.st_mtim.tv_sec * 31;
        if (S_ISDIR(file.st_mode)) {
            is_fine =
                depth < DEPTH_MAX && walk_tree(walk, path, to != NULL ? target : NULL, depth + 1);
        } else if (to != NULL) {
            is_fine = place(path, target, &file);
        }
    }
    closedir(dir);
    return is_fine;
}

static bool merge(struct plan *plan, const struct plan_settings *settings, const char **dirs,
                  size_t count)
{
    struct arena *arena = &plan->arena;
    struct walk walk = {.state = count};
    struct fault fault;
    struct unpacked unpacked;
    uint64_t subject = count;
    for (size_t i = 0; i < count; i++) {
        subject = subject * 31 + slice_hash(plan->function->spec.layers[i]);
        walk.state = walk.state * 31 + slice_hash(slice_from(dirs[i]));
        (void)walk_tree(&walk, dirs[i], NULL, 0);
    }
    bool is_there = unpacked_find(
        plan, settings, "layers", arena_printf(arena, "%llu", (unsigned long long)subject),
        arena_printf(arena, "%llu", (unsigned long long)walk.state), &unpacked);
    plan->layer_dir = unpacked.dir;
    if (is_there) {
        return true;
    }
    bool is_merged = true;
    for (size_t i = 0; is_merged && i < count; i++) {
        is_merged = walk_tree(&walk, dirs[i], unpacked.partial, 0);
        if (!is_merged) {
            plan_fail(plan, PROBLEM_CANNOT_RUN, "cannot merge the layer %s: %s", dirs[i],
                      strerror(errno));
        }
    }
    if (is_merged && unpacked_keep(&unpacked, &fault) != STATUS_OK) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "%s", fault.text);
        is_merged = false;
    }
    (void)!file_remove_tree(unpacked.partial, &fault);
    return is_merged;
}

static bool merge_all(struct plan *plan, const struct plan_settings *settings)
{
    const struct function_spec *spec = &plan->function->spec;
    size_t count = spec->layer_count;
    if (count == 0) {
        return true;
    }
    const char **dirs = arena_array(&plan->arena, count, sizeof *dirs);
    for (size_t i = 0; i < count; i++) {
        dirs[i] = arena_cstr(&plan->arena, spec->layers[i]);
        if (file_is_regular(dirs[i])) {
            if (!code_unzip(plan, settings, spec->layers[i], &dirs[i])) {
                return false;
            }
        } else if (!file_is_dir(dirs[i])) {
            plan_fail(plan, PROBLEM_CANNOT_RUN, "the layer %s does not exist", dirs[i]);
            return false;
        }
    }
    if (count == 1) {
        plan->layer_dir = dirs[0];
        return true;
    }
    return merge(plan, settings, dirs, count);
}

bool code_merge_layers(struct plan *plan, const struct plan_settings *settings)
{
    if (!merge_all(plan, settings)) {
        return false;
    }
    if (plan->layer_dir != NULL) {
        struct slice folder = arena_printf(&plan->arena, "%s/extensions", plan->layer_dir);
        plan->has_extensions = file_is_dir(arena_cstr(&plan->arena, folder));
    }
    return true;
}
