#include "templates/load.h"

#include "core/file.h"
#include "templates/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct slice path_normal(struct arena *arena, struct slice directory, struct slice path)
{
    struct slice whole = path;
    if (path.len == 0 || path.ptr[0] != '/') {
        whole = arena_printf(arena, "%.*s/%.*s", SLICE_ARG(directory), SLICE_ARG(path));
    }
    char *out = arena_alloc(arena, whole.len + 2);
    size_t len = 0;
    struct slice rest = whole, part;
    while (slice_split(&rest, '/', &part)) {
        if (part.len == 0 || slice_is(part, ".")) {
            continue;
        }
        if (slice_is(part, "..")) {
            while (len > 0 && out[--len] != '/') {
            }
            continue;
        }
        out[len++] = '/';
        memcpy(out + len, part.ptr, part.len);
        len += part.len;
    }
    if (len == 0) {
        out[len++] = '/';
    }
    return slice_of(out, len);
}

struct slice load_path(struct load *load, struct slice path)
{
    return path_normal(load->arena, load->directory, path);
}

static enum status add_file(struct load *load, struct slice path, uint16_t *ret_file)
{
    for (size_t i = 0; i < load->file_count; i++) {
        if (slice_eq(load->files[i], path)) {
            *ret_file = (uint16_t)i;
            return STATUS_OK;
        }
    }
    if (load->files == NULL) {
        load->files = arena_array(load->arena, TEMPLATE_FILES_MAX, sizeof(struct slice));
    }
    if (load->file_count == TEMPLATE_FILES_MAX) {
        return STATUS_LIMIT;
    }
    load->files[load->file_count] = arena_copy(load->arena, path);
    *ret_file = (uint16_t)load->file_count++;
    return STATUS_OK;
}

enum status load_read_file(struct load *load, struct slice path, struct buf *ret_bytes,
                           uint16_t *ret_file)
{
    path = load_path(load, path);
    const char *name = arena_cstr(load->arena, path);
    struct fault fault;
    enum status status = file_read(name, ret_bytes, &fault);
    if (status == STATUS_NOT_FOUND) {
        return status;
    }
    if (status != STATUS_OK) {
        load_error(load, (struct source_pos){0}, "%s", fault.text);
        return status;
    }
    status = add_file(load, path, ret_file);
    if (status != STATUS_OK) {
        load_error(load, (struct source_pos){0}, "%s: more than %u files in one template", name,
                   TEMPLATE_FILES_MAX);
    }
    return status;
}

/* The file as the user would name it: below the directory he gave, else absolute. */
static struct slice file_name(struct load *load, uint16_t file, struct slice *ret_prefix)
{
    *ret_prefix = SLICE_NULL;
    if (file >= load->file_count) {
        return SLICE("template");
    }
    struct slice path = load->files[file];
    if (load->directory.len == 0 || path.len <= load->directory.len + 1 ||
        !slice_starts_with(path, load->directory) || path.ptr[load->directory.len] != '/') {
        return path;
    }
    if (load->options != NULL && load->options->path != NULL) {
        struct slice given = slice_from(load->options->path);
        size_t slash = slice_rfind(given, '/');
        if (slash != SLICE_NPOS) {
            *ret_prefix = slice_take(given, slash + 1);
        }
    }
    return slice_skip(path, load->directory.len + 1);
}

static PRINTF_LIKE(4, 0) void add_diagnostic(struct load *load, enum severity severity,
                                             struct source_pos pos, const char *format,
                                             va_list args)
{
    if (severity == SEVERITY_ERROR) {
        load->error_count++;
    }
    if (load->diagnostics == NULL) {
        load->diagnostic_cap = TEMPLATE_DIAGNOSTICS_MAX + 1;
        load->diagnostics =
            arena_array(load->arena, load->diagnostic_cap, sizeof(struct diagnostic));
    }
    if (load->diagnostic_count > TEMPLATE_DIAGNOSTICS_MAX) {
        return;
    }
    struct fault words;
    fault_vset(&words, STATUS_INVALID, format, args);
    struct slice prefix;
    struct slice name = file_name(load, pos.file, &prefix);
    struct slice text;
    if (load->diagnostic_count == TEMPLATE_DIAGNOSTICS_MAX) {
        text = arena_printf(load->arena, "%.*s%.*s: more than %u messages; the rest is left out",
                            SLICE_ARG(prefix), SLICE_ARG(name), TEMPLATE_DIAGNOSTICS_MAX);
    } else if (pos.line == 0) {
        text = arena_printf(load->arena, "%.*s%.*s: %s", SLICE_ARG(prefix), SLICE_ARG(name),
                            words.text);
    } else {
        text = arena_printf(load->arena, "%.*s%.*s:%u:%u: %s", SLICE_ARG(prefix), SLICE_ARG(name),
                            pos.line, pos.column, words.text);
    }
    for (size_t i = 0; i < load->diagnostic_count; i++) {
        if (load->diagnostics[i].severity == severity &&
            slice_eq(load->diagnostics[i].text, text)) {
            return;
        }
    }
    load->diagnostics[load->diagnostic_count++] =
        (struct diagnostic){.severity = severity, .pos = pos, .text = text};
}

void load_error(struct load *load, struct source_pos pos, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_diagnostic(load, SEVERITY_ERROR, pos, format, args);
    va_end(args);
}

void load_warning(struct load *load, struct source_pos pos, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_diagnostic(load, SEVERITY_WARNING, pos, format, args);
    va_end(args);
}

void load_notice(struct load *load, struct source_pos pos, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_diagnostic(load, SEVERITY_NOTICE, pos, format, args);
    va_end(args);
}

void load_ledger(struct load *load, struct source_pos pos, enum support support,
                 struct slice resource, struct slice what, const char *note)
{
    if (load->ledger_count == load->ledger_cap) {
        size_t cap = load->ledger_cap == 0 ? 64 : load->ledger_cap * 2;
        struct ledger_entry *larger = arena_array(load->arena, cap, sizeof(struct ledger_entry));
        if (load->ledger_count > 0) {
            memcpy(larger, load->ledger, load->ledger_count * sizeof(struct ledger_entry));
        }
        load->ledger = larger;
        load->ledger_cap = cap;
    }
    load->ledger[load->ledger_count++] = (struct ledger_entry){
        .support = support,
        .pos = pos,
        .resource = resource,
        .what = what,
        .note = note != NULL ? arena_copy(load->arena, slice_from(note)) : SLICE_NULL,
    };
}
