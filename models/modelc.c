/*
 * modelc DIR MODEL.json…: the models as constant tables (models/tables.h), DIR/<name>.c
 * each, and DIR/index.c, the list of them.
 *
 * A build tool.  The rows are indexes and numbers; all text of a model is one string.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "models/model.h"
#include "models/tables.h"

enum { MAX_MODELS = 512 };

/* Each table is cut into lines of this many rows. */
enum { ROWS_A_LINE = 4, NUMBERS_A_LINE = 16 };

static const char prologue[] =
    "/* Made by modelc. */\n"
    "#include \"models/tables.h\"\n"
    "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n";

/* The model's name as a part of C names: borrowed until the next call. */
static const char *
c_name(const struct model *m)
{
	static const char abc[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	static char name[64];
	int n = snprintf(name, sizeof(name), "%s", model_name(m));

	if (n <= 0 || n >= (int)sizeof(name))
		fatal("a model's name is of 1 to 63 characters, not \"%s\"",
		    model_name(m));
	for (char *p = name; *p != '\0'; p++) {
		if (*p == '-')
			*p = '_';
		if (strchr(abc, *p) == NULL)
			fatal("a model's name is of a-z, 0-9 and -, not \"%s\"",
			    model_name(m));
	}
	return name;
}

static void
emit_char(FILE *f, unsigned char c)
{
	if (c == '"' || c == '\\')
		fprintf(f, "\\%c", c);
	else if (c < 0x20 || c >= 0x7f || c == '?')
		fprintf(f, "\\%03o", c);
	else
		fputc(c, f);
}

/* A line a text; its NUL is written out, since the pieces are one literal. */
static void
emit_text(FILE *f, const struct model *m)
{
	fprintf(f, "static const char text_%s[] =\n", c_name(m));
	for (size_t i = 0; i < m->text_len; i++) {
		fputc('"', f);
		for (; m->text[i] != '\0'; i++)
			emit_char(f, (unsigned char)m->text[i]);
		fputs("\\0\"\n", f);
	}
	fputs(";\n", f);
}

static void
begin(FILE *f, const struct model *m, const char *type, const char *table)
{
	fprintf(f, "static const %s %s_%s[] = {\n", type, table, c_name(m));
}

/* An empty table has one row of zeros, since C has no empty array. */
static void
end(FILE *f, size_t n_rows)
{
	fputs(n_rows == 0 ? "0};\n" : "};\n", f);
}

static void
emit_shapes(FILE *f, const struct model *m)
{
	begin(f, m, "struct shape_row", "shapes");
	for (size_t i = 0; i < m->n_shapes; i++) {
		const struct shape_row *r = &m->shapes[i];

		fprintf(f, "{%u,%u,%u,%u,%u,%u,%u,%u,%u,%u},%s", r->name, r->first,
		    r->n_members, r->flags, r->limits, r->fault, r->payload, r->extra,
		    r->type, r->timestamp,
		    i % ROWS_A_LINE == ROWS_A_LINE - 1 ? "\n" : "");
	}
	if (m->n_shapes == 0)
		fputs("{0,0,0,0,0,0,0,0,0,0}", f);
	fputs("};\n", f);
}

static void
emit_members(FILE *f, const struct model *m)
{
	begin(f, m, "struct member_row", "members");
	for (size_t i = 0; i < m->n_members; i++) {
		const struct member_row *r = &m->members[i];

		fprintf(f, "{%u,%u,%u,%u,%u,%u,%u,%u},%s", r->name, r->wire, r->shape,
		    r->extra, r->location, r->flags, r->type, r->wire_len,
		    i % ROWS_A_LINE == ROWS_A_LINE - 1 ? "\n" : "");
	}
	if (m->n_members == 0)
		fputs("{0,0,0,0,0,0,0,0}", f);
	fputs("};\n", f);
	begin(f, m, "uint16_t", "sorted");
	for (size_t i = 0; i < m->n_members; i++)
		fprintf(f, "%u,%s", m->sorted[i],
		    i % NUMBERS_A_LINE == NUMBERS_A_LINE - 1 ? "\n" : "");
	end(f, m->n_members);
}

static void
emit_limits(FILE *f, const struct model *m)
{
	begin(f, m, "struct limit_row", "limits");
	for (size_t i = 0; i < m->n_limits; i++) {
		const struct limit_row *r = &m->limits[i];

		fprintf(f, "{%.17g,%.17g,%u,%u,%u,%u},%s", r->min, r->max, r->pattern,
		    r->first_enum, r->n_enums, r->flags,
		    i % ROWS_A_LINE == ROWS_A_LINE - 1 ? "\n" : "");
	}
	if (m->n_limits == 0)
		fputs("{0,0,0,0,0,0}", f);
	fputs("};\n", f);
	begin(f, m, "uint32_t", "enums");
	for (size_t i = 0; i < m->n_enums; i++)
		fprintf(f, "%u,%s", m->enums[i],
		    i % NUMBERS_A_LINE == NUMBERS_A_LINE - 1 ? "\n" : "");
	end(f, m->n_enums);
}

static void
emit_faults(FILE *f, const struct model *m)
{
	begin(f, m, "struct fault_row", "faults");
	for (size_t i = 0; i < m->n_faults; i++)
		fprintf(f, "{%u,%u,%u},\n", m->faults[i].code, m->faults[i].status,
		    m->faults[i].sender);
	if (m->n_faults == 0)
		fputs("{0,0,0}", f);
	fputs("};\n", f);
	begin(f, m, "struct extra_row", "extras");
	for (size_t i = 0; i < m->n_extras; i++)
		fprintf(f, "{%u,%u,%u,%u},\n", m->extras[i].query_name, m->extras[i].wire,
		    m->extras[i].ns_uri, m->extras[i].ns_prefix);
	if (m->n_extras == 0)
		fputs("{0,0,0,0}", f);
	fputs("};\n", f);
}

static void
emit_ops(FILE *f, const struct model *m)
{
	begin(f, m, "struct model_op", "ops");
	for (size_t i = 0; i < m->n_ops; i++) {
		const struct model_op *r = &m->ops[i];

		fprintf(f, "{%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u},\n", r->name, r->uri,
		    r->result_wrapper, r->host_prefix, r->first_error, r->n_errors,
		    r->input, r->output, r->input_extra, r->status, r->method, r->flags);
	}
	if (m->n_ops == 0)
		fputs("{0,0,0,0,0,0,0,0,0,0,0,0}", f);
	fputs("};\n", f);
	begin(f, m, "uint16_t", "errors");
	for (size_t i = 0; i < m->n_errors; i++)
		fprintf(f, "%u,%s", m->errors[i],
		    i % NUMBERS_A_LINE == NUMBERS_A_LINE - 1 ? "\n" : "");
	end(f, m->n_errors);
}

static void
emit_model(FILE *f, const struct model *m)
{
	static const char *const tables[] = { "text", "shapes", "members", "sorted",
		"limits", "faults", "extras", "ops", "enums", "errors" };
	const char *name = c_name(m);

	fputs(prologue, f);
	emit_text(f, m);
	emit_shapes(f, m);
	emit_members(f, m);
	emit_limits(f, m);
	emit_faults(f, m);
	emit_ops(f, m);
	fprintf(f,
	    "extern const struct model model_%s;\nconst struct model model_%s = {\n",
	    name, name);
	for (size_t i = 0; i < COUNT(tables); i++)
		fprintf(f, "%s_%s,", tables[i], name);
	fprintf(f, "\n%u,%u,%u,%u,%u,%u,%u,%u,%u,\n", m->text_len, m->n_members,
	    m->n_enums, m->n_errors, m->n_shapes, m->n_ops, m->n_limits, m->n_faults,
	    m->n_extras);
	fprintf(f, "%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u};\n", m->name, m->api_version,
	    m->endpoint_prefix, m->signing_name, m->service_id, m->json_version,
	    m->target_prefix, m->global_endpoint, m->ns_uri, m->protocol, m->protocols,
	    m->query_compatible, m->unsigned_service);
}

static struct model *
load(struct arena *a, const char *path)
{
	struct err err = { 0 };
	struct buf *b = buf_new(a, 0);
	FILE *f = fopen(path, "rb");
	struct model *m;
	char part[65536];
	json_t *doc;
	size_t n;

	if (f == NULL)
		fatal("%s: %s", path, strerror(errno));
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(b, part, n);
	if (ferror(f) || buf_is_full(b))
		fatal("%s: cannot be read", path);
	fclose(f);
	if (json_read_in(a, buf_text(b), b->len, &doc, &err) < 0 ||
	    model_load(a, doc, &m, &err) < 0)
		fatal("%s: %s", path, err.msg);
	return m;
}

static int
by_name(const void *a, const void *b)
{
	const struct model *const *x = a, *const *y = b;

	return strcmp(model_name(*x), model_name(*y));
}

static void
emit_index(FILE *f, struct model *const *models, size_t n)
{
	fputs(prologue, f);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "extern const struct model model_%s;\n", c_name(models[i]));
	fputs("const struct model *const model_all[] = {\n", f);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "&model_%s,\n", c_name(models[i]));
	fprintf(f, "};\nconst size_t model_all_count = %zu;\n", n);
}

static FILE *
create(struct arena *a, const char *dir, const char *name)
{
	const char *path = arena_printf(a, "%s/%s.c", dir, name);
	FILE *f = fopen(path, "w");

	if (f == NULL)
		fatal("%s: %s", path, strerror(errno));
	return f;
}

static void
close_file(FILE *f)
{
	if (fclose(f) != 0)
		fatal("%s", strerror(errno));
}

int
main(int argc, char **argv)
{
	struct model *models[MAX_MODELS];
	struct arena *a = arena_new();
	size_t n = 0;
	FILE *f;

	if (argc < 3 || argc - 2 > MAX_MODELS)
		fatal("usage: modelc DIR MODEL.json...");
	for (int i = 2; i < argc; i++) {
		models[n] = load(a, argv[i]);
		f = create(a, argv[1], model_name(models[n]));
		emit_model(f, models[n++]);
		close_file(f);
	}
	qsort(models, n, sizeof(struct model *), by_name);
	f = create(a, argv[1], "index");
	emit_index(f, models, n);
	close_file(f);
	arena_free(a);
	return 0;
}
