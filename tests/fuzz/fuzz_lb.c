/*
 * What control tells a load balancer's agent, and what HAProxy says of its servers.  Nothing of it becomes a line of
 * HAProxy's configuration that we did not write.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agents/lb/conf.h"
#include "agents/lb/health.h"
#include "base/cc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* Each line is one of a section, or begins one. */
static void
check_lines(const char *text)
{
	static const char *const sections[] = { "global\n", "defaults\n", "frontend ",
		"backend " };

	while (*text != '\0') {
		size_t i = 0;

		while (i < COUNT(sections) &&
		    strncmp(text, sections[i], strlen(sections[i])) != 0)
			i++;
		must(*text == '\t' || i < COUNT(sections));
		text = strchr(text, '\n');
		must(text != NULL);
		text++;
	}
}

static void
look(struct arena *a, const char *csv)
{
	struct health_row *rows;
	size_t n = health_read(a, csv, &rows);

	for (size_t i = 0; i < n; i++) {
		json_t *out = json_own(a, json_new_object());

		health_say(&rows[i], health_is_decided(&rows[i]), out);
		must(json_str(out, "State") != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size), *out;
	json_t *config;
	struct err err;

	/* Its files cannot be written, so that it has none. */
	if (json_read_in(a, text, strlen(text), &config, &err) == 0 &&
	    json_is_object(config) && conf_make(a, config, "/nowhere", &out, &err) == 0)
		check_lines(out);
	look(a, text);
	look(a,
	    arena_printf(a, "# pxname,svname,status,check_status,check_code\n%s", text));
	arena_free(a);
	return 0;
}
