#include "agents/init/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
	pid_t pid, parent, group, session;
	int member;
};

struct table {
	struct entry *v;
	size_t n;
};

static ssize_t
read_small(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

/* 1, or 0 when it is gone or a zombie.  The name may hold anything, so read from its end. */
static int
read_entry(pid_t pid, struct entry *e)
{
	char path[64], text[1024];
	const char *p;
	char state;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (read_small(path, text, sizeof(text)) <= 0 || (p = strrchr(text, ')')) == NULL)
		return 0;
	memset(e, 0, sizeof(*e));
	e->pid = pid;
	if (sscanf(p + 1, " %c %d %d %d", &state, &e->parent, &e->group, &e->session) !=
	    4)
		return 0;
	return state != 'Z' && state != 'X';
}

static void
read_table(struct table *t)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	t->n = 0;
	t->v = malloc(PROC_MAX * sizeof(*t->v));
	while (d != NULL && t->v != NULL && t->n < PROC_MAX && (e = readdir(d)) != NULL) {
		if (isdigit((unsigned char)e->d_name[0]) &&
		    read_entry((pid_t)strtol(e->d_name, NULL, 10), &t->v[t->n]))
			t->n++;
	}
	if (d != NULL)
		closedir(d);
}

static int
has_invocation(pid_t pid, const char *id)
{
	char path[64], text[32768], want[64];
	ssize_t n;

	if (*id == '\0')
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	n = read_small(path, text, sizeof(text));
	snprintf(want, sizeof(want), "INVOCATION_ID=%s", id);
	return n > 0 && memmem(text, (size_t)n, want, strlen(want)) != NULL;
}

static int
is_root_of(const struct proc_owner *o, const struct entry *e)
{
	if (e->pid == 1)
		return 0;
	if (e->pid == o->main)
		return 1;
	for (size_t i = 0; i < PROC_SESSIONS; i++) {
		pid_t s = o->sessions[i];

		if (s != 0 && (e->pid == s || e->session == s || e->group == s))
			return 1;
	}
	return e->parent == 1 && has_invocation(e->pid, o->invocation);
}

/* Children of members are members, until nothing changes. */
static void
mark(const struct proc_owner *o, struct table *t)
{
	int changed = 1;

	for (size_t i = 0; i < t->n; i++)
		t->v[i].member = is_root_of(o, &t->v[i]);
	while (changed) {
		changed = 0;
		for (size_t i = 0; i < t->n; i++) {
			for (size_t k = 0; !t->v[i].member && k < t->n; k++) {
				if (t->v[k].member && t->v[k].pid == t->v[i].parent)
					changed = t->v[i].member = 1;
			}
		}
	}
}

size_t
proc_members(const struct proc_owner *o, pid_t *out, size_t max)
{
	struct table t;
	size_t n = 0;

	read_table(&t);
	mark(o, &t);
	for (size_t i = 0; i < t.n && n < max; i++) {
		if (t.v[i].member)
			out[n++] = t.v[i].pid;
	}
	free(t.v);
	return n;
}

pid_t
proc_guess_main(const struct proc_owner *o)
{
	struct table t;
	pid_t found = 0;

	read_table(&t);
	mark(o, &t);
	for (size_t i = 0; i < t.n && found == 0; i++) {
		if (t.v[i].member && t.v[i].parent == 1)
			found = t.v[i].pid;
	}
	free(t.v);
	return found;
}

int
proc_descends(pid_t pid, pid_t ancestor)
{
	struct entry e;

	for (int depth = 0; depth < 64 && pid > 1; depth++) {
		if (pid == ancestor)
			return 1;
		if (!read_entry(pid, &e))
			return 0;
		pid = e.parent;
	}
	return 0;
}

int
proc_is_alive(pid_t pid)
{
	struct entry e;

	return pid > 0 && read_entry(pid, &e);
}

pid_t
proc_pid_file(const char *path)
{
	char text[32], proc[64];
	struct stat file, process;
	char *end;
	long v;

	if (read_small(path, text, sizeof(text)) <= 0)
		return 0;
	v = strtol(text, &end, 10);
	if (end == text || v <= 1 || v > 1 << 22 || !proc_is_alive((pid_t)v))
		return 0;
	snprintf(proc, sizeof(proc), "/proc/%ld", v);
	if (stat(path, &file) < 0 || stat(proc, &process) < 0)
		return 0;
	return file.st_uid == 0 || file.st_uid == process.st_uid ? (pid_t)v : 0;
}

void
proc_name(pid_t pid, char *out, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	out[0] = '\0';
	read_small(path, out, size);
	out[strcspn(out, "\n")] = '\0';
}

size_t
proc_count_others(void)
{
	struct table t;
	size_t n = 0;

	read_table(&t);
	for (size_t i = 0; i < t.n; i++)
		n += t.v[i].pid != 1 && t.v[i].parent != 0;
	free(t.v);
	return n;
}
