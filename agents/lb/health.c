#include "agents/lb/health.h"

#include <string.h>

enum { COLUMNS = 100 };

/* The line's fields; a field in quotes may have commas.  How many. */
static size_t
split(char *line, const char **out)
{
	size_t n = 0;
	char *p = line;

	while (n < COLUMNS) {
		out[n++] = *p == '"' ? p + 1 : p;
		if (*p == '"') {
			p = strchr(p + 1, '"');
			if (p == NULL)
				return n;
			*p++ = '\0';
		}
		p = strchr(p, ',');
		if (p == NULL)
			return n;
		*p++ = '\0';
	}
	return n;
}

static size_t
column(const char *const *names, size_t n, const char *name)
{
	size_t i = 0;

	while (i < n && strcmp(names[i], name) != 0)
		i++;
	return i;
}

static const char *
field(const char *const *row, size_t n, size_t i)
{
	return i < n ? row[i] : "";
}

static int
is_other(const char *server)
{
	size_t n = strlen(server);

	return strcmp(server, "FRONTEND") == 0 || strcmp(server, "BACKEND") == 0 ||
	    (n > 2 && strcmp(server + n - 2, "_o") == 0);
}

size_t
health_read(struct arena *a, const char *csv, struct health_row **ret)
{
	const char *names[COLUMNS], *row[COLUMNS];
	char *save, *line, *text = arena_strdup(a, csv);
	size_t n_names, n, count = 0, lines = 1, proxy, server, status, check, code;

	for (const char *p = csv; *p != '\0'; p++)
		lines += *p == '\n';
	*ret = arena_calloc(a, lines, sizeof(**ret));
	line = strtok_r(text, "\n", &save);
	if (line == NULL || strncmp(line, "# ", 2) != 0)
		return 0;
	n_names = split(line + 2, names);
	proxy = column(names, n_names, "pxname");
	server = column(names, n_names, "svname");
	status = column(names, n_names, "status");
	check = column(names, n_names, "check_status");
	code = column(names, n_names, "check_code");
	while ((line = strtok_r(NULL, "\n", &save)) != NULL) {
		n = split(line, row);
		if (is_other(field(row, n, server)) ||
		    strncmp(field(row, n, proxy), "tg-", 3) != 0)
			continue;
		(*ret)[count++] = (struct health_row){ field(row, n, proxy),
			field(row, n, server), field(row, n, status),
			field(row, n, check), field(row, n, code) };
	}
	return count;
}

/* "* L7OK" is a check that is under way, and how the last one was. */
static const char *
last_check(const struct health_row *row)
{
	return strncmp(row->check, "* ", 2) == 0 ? row->check + 2 : row->check;
}

int
health_is_decided(const struct health_row *row)
{
	const char *check = last_check(row);
	size_t n = strlen(check);

	return strncmp(row->status, "DOWN", 4) == 0 ||
	    (n > 2 && strcmp(check + n - 2, "OK") == 0);
}

static void
put(json_t *out, const char *state, const char *reason, const char *why)
{
	json_set_str(out, "State", state);
	json_set_str(out, "Reason", reason);
	json_set_str(out, "Description", why);
}

void
health_say(const struct health_row *row, int is_known, json_t *out)
{
	const char *check = last_check(row);

	if (!is_known) {
		put(out, "initial", "Elb.InitialHealthChecking",
		    "Initial health checks in progress");
	} else if (strncmp(row->status, "DOWN", 4) != 0) {
		put(out, "healthy", NULL, NULL);
	} else if (strcmp(check, "L7STS") == 0) {
		put(out, "unhealthy", "Target.ResponseCodeMismatch", NULL);
		json_set_fmt(out, "Description",
		    "Health checks failed with these codes: [%.*s]",
		    (int)strspn(row->code, "0123456789"), row->code);
	} else if (strcmp(check, "L4TOUT") == 0 || strcmp(check, "L6TOUT") == 0 ||
	    strcmp(check, "L7TOUT") == 0) {
		put(out, "unhealthy", "Target.Timeout", "Request timed out");
	} else {
		put(out, "unhealthy", "Target.FailedHealthChecks",
		    "Health checks failed");
	}
}
