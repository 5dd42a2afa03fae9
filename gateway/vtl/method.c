#include "gateway/vtl/method.h"

#include "core/mem.h"

static bool is_of_type(struct vtl_value value, char type)
{
    switch (type) {
    case 's':
        return value.kind == VTL_STRING;
    case 'i':
        return value.kind == VTL_INTEGER;
    case 'n':
        return vtl_is_number(value);
    case 'l':
        return value.kind == VTL_LIST;
    case 'm':
        return value.kind == VTL_MAP;
    default:
        return true;
    }
}

static bool takes(const struct vtl_method *method, const struct vtl_value *arguments, size_t count)
{
    if (method->parameters[0] == '*') {
        return true;
    }
    if (strlen(method->parameters) != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_of_type(arguments[i], method->parameters[i])) {
            return false;
        }
    }
    return true;
}

static const struct vtl_method *find(const struct vtl_methods *methods, struct slice name,
                                     const struct vtl_value *arguments, size_t count)
{
    for (size_t i = 0; i < methods->count; i++) {
        if (slice_is(name, methods->rows[i].name) && takes(&methods->rows[i], arguments, count)) {
            return &methods->rows[i];
        }
    }
    return NULL;
}

#define TABLES_MAX 2

/* The tables of a value, the own ones first. */
static size_t tables_of(struct vtl_value value, const struct vtl_methods **tables)
{
    size_t count = 0;
    switch (value.kind) {
    case VTL_STRING:
        tables[count++] = &vtl_string_methods;
        tables[count++] = &vtl_regex_methods;
        break;
    case VTL_BOOLEAN:
        tables[count++] = &vtl_boolean_methods;
        break;
    case VTL_INTEGER:
    case VTL_DOUBLE:
    case VTL_NUMERAL:
        tables[count++] = &vtl_number_methods;
        break;
    case VTL_LIST:
        tables[count++] = &vtl_collection_methods;
        if (value.of.list->kind != LIST_SET) {
            tables[count++] = &vtl_list_methods;
        }
        break;
    case VTL_MAP:
        tables[count++] = &vtl_map_methods;
        break;
    case VTL_ENTRY:
        tables[count++] = &vtl_entry_methods;
        break;
    case VTL_LOOP:
        tables[count++] = &vtl_loop_methods;
        break;
    case VTL_INPUT:
        tables[count++] = &vtl_input_methods;
        break;
    case VTL_UTIL:
        tables[count++] = &vtl_util_methods;
        break;
    case VTL_BLOCK:
    case VTL_NULL:
        break;
    }
    return count;
}

struct vtl_value vtl_method(struct vtl_run *run, struct vtl_value value, struct slice name,
                            const struct vtl_value *arguments, size_t count)
{
    const struct vtl_methods *tables[TABLES_MAX + 1];
    size_t table_count = tables_of(value, tables);
    const struct vtl_method *method = NULL;
    tables[table_count++] = &vtl_object_methods;
    for (size_t i = 0; i < table_count && method == NULL; i++) {
        method = find(tables[i], name, arguments, count);
    }
    if (method == NULL) {
        return vtl_null();
    }
    if (method->call == NULL) {
        vtl_fail(run, STATUS_UNSUPPORTED, "sls-local does not have the method %.*s()",
                 SLICE_ARG(name));
        return vtl_null();
    }
    return method->call(run, value, arguments);
}

/* --- of everything --- */

static struct vtl_value object_to_string(struct vtl_run *run, struct vtl_value self,
                                         const struct vtl_value *arguments)
{
    (void)arguments;
    return vtl_string(vtl_text(run, self));
}

static struct vtl_value object_equals(struct vtl_run *run, struct vtl_value self,
                                      const struct vtl_value *arguments)
{
    return vtl_boolean(vtl_equals(run, self, arguments[0]));
}

static const struct vtl_method object_rows[] = {
    {"toString", "", object_to_string},
    {"equals", "o", object_equals},
    {"hashCode", "", NULL},
    {"iterator", "", NULL},
    {"stream", "", NULL},
    {"forEach", "*", NULL},
};
const struct vtl_methods vtl_object_methods = {object_rows, COUNT_OF(object_rows)};
