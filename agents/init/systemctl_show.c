#include "agents/init/systemctl.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agents/init/fronts.h"
#include "agents/init/proc.h"
#include "base/cc.h"

/* Properties of one unit, as PID 1 gives them. */
struct facts {
	struct arena *arena;
	struct words all;
};

static void
take_facts(void *arg, const char *text)
{
	struct facts *f = arg;
	char *copy = arena_strdup(f->arena, text), *save = NULL;

	for (char *l = strtok_r(copy, "\n", &save); l != NULL;
	     l = strtok_r(NULL, "\n", &save))
		words_add(f->arena, &f->all, l);
}

static const char *
fact(const struct facts *f, const char *name)
{
	const char *v = words_env(&f->all, name);

	return v != NULL ? v : "";
}

/* 0, or -1: PID 1 does not answer, which has been said. */
static int
get_facts(struct systemctl *o, char *unit, struct facts *ret)
{
	char *args[] = { unit, NULL };
	const char *state;

	memset(ret, 0, sizeof(*ret));
	ret->arena = o->arena;
	if (front_ask("show", "", args, take_facts, ret) != 0)
		return -1;
	state = enable_state("", unit);
	words_set_env(o->arena, &ret->all,
	    arena_printf(o->arena, "UnitFileState=%s", state != NULL ? state : ""));
	return 0;
}

/* is-active, is-failed: 0 when one of them is. */
int
systemctl_is(struct systemctl *o, const struct systemctl_verb *v)
{
	int status = v->arg == 'f' ? 1 : 3;

	for (size_t i = 0; i < o->units.n; i++) {
		struct facts f;
		const char *state;

		if (get_facts(o, o->units.v[i], &f) < 0)
			return 1;
		state = fact(&f, "ActiveState");
		if (!o->enable.quiet)
			puts(state);
		if (v->arg == 'f' ?
			strcmp(state, "failed") == 0 :
			strcmp(state, "active") == 0 || strcmp(state, "reloading") == 0)
			status = 0;
		else if (v->arg == 'a' && status == 3 &&
		    strcmp(fact(&f, "LoadState"), "not-found") == 0)
			status = 4;
	}
	return status;
}

static int
wants_property(const struct systemctl *o, const char *line)
{
	size_t len = strcspn(line, "=");

	if (o->properties.n == 0)
		return 1;
	for (size_t i = 0; i < o->properties.n; i++) {
		if (strlen(o->properties.v[i]) == len &&
		    strncmp(o->properties.v[i], line, len) == 0)
			return 1;
	}
	return 0;
}

int
systemctl_show(struct systemctl *o, const struct systemctl_verb *v UNUSED)
{
	static char manager[] =
	    "Version=252\nVirtualization=docker\nSystemState=running\n";

	if (o->units.n == 0) {
		char *save = NULL;

		for (char *l = strtok_r(manager, "\n", &save); l != NULL;
		     l = strtok_r(NULL, "\n", &save)) {
			if (wants_property(o, l))
				puts(o->value ? l + strcspn(l, "=") + 1 : l);
		}
	}
	for (size_t i = 0; i < o->units.n; i++) {
		struct facts f;

		if (get_facts(o, o->units.v[i], &f) < 0)
			return 1;
		if (i > 0)
			putchar('\n');
		for (size_t k = 0; k < f.all.n; k++) {
			const char *l = f.all.v[k];

			if (wants_property(o, l))
				puts(o->value ? l + strcspn(l, "=") + 1 : l);
		}
	}
	return 0;
}

static void
print_pids(const struct facts *f)
{
	char *pids = arena_strdup(f->arena, fact(f, "Pids")), *save = NULL;

	for (char *p = strtok_r(pids, " ", &save); p != NULL;
	     p = strtok_r(NULL, " ", &save)) {
		char name[64];

		proc_name((pid_t)strtol(p, NULL, 10), name, sizeof(name));
		printf("             %s %s\n", p, name);
	}
}

static void
print_when(const struct facts *f)
{
	time_t t = (time_t)strtoll(fact(f, "StateChangeTimestamp"), NULL, 10);
	struct tm tm;
	char when[64];

	if (t > 0 && localtime_r(&t, &tm) != NULL &&
	    strftime(when, sizeof(when), "%a %Y-%m-%d %H:%M:%S %Z", &tm) > 0)
		printf(" since %s; %llds ago", when, (long long)(time(NULL) - t));
	putchar('\n');
}

static void
print_status(struct systemctl *o, const struct facts *f)
{
	const char *id = fact(f, "Id"), *state = fact(f, "ActiveState");
	const char *dot = strcmp(state, "failed") == 0 ? "×" :
	    strcmp(state, "inactive") == 0	       ? "○" :
							 "●";
	char name[64];

	printf("%s %s - %s\n", dot, id, fact(f, "Description"));
	printf("     Loaded: %s (%s; %s)\n", fact(f, "LoadState"),
	    fact(f, "FragmentPath"), fact(f, "UnitFileState"));
	if (*fact(f, "DropInPaths") != '\0')
		printf("    Drop-In: %s\n", fact(f, "DropInPaths"));
	printf("     Active: %s (%s)", state,
	    strcmp(state, "failed") == 0 ? "Result" : fact(f, "SubState"));
	if (strcmp(state, "failed") == 0)
		printf(": %s", fact(f, "Result"));
	print_when(f);
	if (strcmp(fact(f, "MainPID"), "0") != 0) {
		proc_name((pid_t)strtol(fact(f, "MainPID"), NULL, 10), name,
		    sizeof(name));
		printf("   Main PID: %s (%s)\n", fact(f, "MainPID"), name);
	} else if (strcmp(fact(f, "ExecMainPID"), "0") != 0) {
		printf("   Main PID: %s (%s, status=%s)\n", fact(f, "ExecMainPID"),
		    strcmp(fact(f, "ExecMainCode"), "1") == 0 ? "code=exited" :
								"code=killed",
		    fact(f, "ExecMainStatus"));
	}
	if (*fact(f, "StatusText") != '\0')
		printf("     Status: \"%s\"\n", fact(f, "StatusText"));
	if (*fact(f, "Pids") != '\0') {
		printf("  Processes: %s\n", fact(f, "TasksCurrent"));
		print_pids(f);
	}
	if (*fact(f, "NotEmulated") != '\0')
		printf(" No effect: %s\n", fact(f, "NotEmulated"));
	if (o->lines > 0) {
		putchar('\n');
		front_log_tail(id, o->lines);
	}
}

/* 0 active, 3 not active, 4 no such unit. */
int
systemctl_status(struct systemctl *o, const struct systemctl_verb *v UNUSED)
{
	int status = 0;

	for (size_t i = 0; i < o->units.n; i++) {
		struct facts f;
		const char *state;

		if (get_facts(o, o->units.v[i], &f) < 0)
			return 1;
		state = fact(&f, "ActiveState");
		if (strcmp(fact(&f, "LoadState"), "not-found") == 0) {
			fprintf(stderr, "Unit %s could not be found.\n", o->units.v[i]);
			status = 4;
			continue;
		}
		if (i > 0 && !o->enable.quiet)
			putchar('\n');
		if (!o->enable.quiet)
			print_status(o, &f);
		if (strcmp(state, "active") != 0 && strcmp(state, "reloading") != 0 &&
		    status == 0)
			status = 3;
	}
	return status;
}

struct listing {
	struct systemctl *o;
	size_t n;
};

static int
matches(const struct systemctl *o, const char *name)
{
	for (size_t i = 0; i < o->words.n; i++) {
		if (fnmatch(o->words.v[i], name, 0) == 0)
			return 1;
	}
	return o->words.n == 0;
}

static void
take_line(void *arg, const char *text)
{
	struct listing *l = arg;
	char *copy = arena_strdup(l->o->arena, text), *save = NULL, *part[5] = { NULL };

	copy[strcspn(copy, "\n")] = '\0';
	for (size_t i = 0; i < COUNT(part); i++)
		part[i] = strtok_r(i == 0 ? copy : NULL, "\t", &save);
	if (part[3] == NULL || !matches(l->o, part[0]) ||
	    (!l->o->all && l->o->state == NULL && strcmp(part[2], "inactive") == 0) ||
	    (l->o->state != NULL && strcmp(part[2], l->o->state) != 0 &&
		strcmp(part[3], l->o->state) != 0) ||
	    (l->o->type != NULL && strcmp(unit_name_type(part[0]), l->o->type) != 0))
		return;
	if (l->n++ == 0 && !l->o->no_legend)
		printf("  %-32s %-10s %-12s %-10s %s\n", "UNIT", "LOAD", "ACTIVE", "SUB",
		    "DESCRIPTION");
	printf("%s%-32s %-10s %-12s %-10s %s\n",
	    strcmp(part[2], "failed") == 0 ? "● " : "  ", part[0], part[1], part[2],
	    part[3], part[4] != NULL ? part[4] : "");
}

int
systemctl_list(struct systemctl *o, const struct systemctl_verb *v UNUSED)
{
	struct listing l = { o, 0 };
	char *none[] = { NULL };
	int status = front_ask("list", "", none, take_line, &l);

	if (status == 0 && !o->no_legend)
		printf("%s%zu loaded units listed.\n", l.n > 0 ? "\n" : "", l.n);
	return status;
}
