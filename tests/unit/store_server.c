#include "tests/unit/store_server.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The words of a process' command line, NUL by NUL: their size, 0 if it is gone. */
static size_t
words_of(pid_t pid, char *out, size_t size)
{
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "re");
	if (f != NULL) {
		n = fread(out, 1, size - 1, f);
		fclose(f);
	}
	out[n] = '\0';
	return n;
}

static pid_t
parent_of(pid_t pid)
{
	char path[64], text[512], *at;
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	at = strrchr(text, ')');
	if (at != NULL && at[1] != '\0' && at[2] != 'Z')
		parent = atoi(at + 4);
	return (pid_t)parent;
}

pid_t
store_server_of(pid_t parent, char *path)
{
	DIR *d = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;
	char words[4096];

	while (d != NULL && found == 0 && (entry = readdir(d)) != NULL) {
		pid_t pid = (pid_t)atoi(entry->d_name);
		size_t n;

		if (pid <= 0 || parent_of(pid) != parent)
			continue;
		n = words_of(pid, words, sizeof(words));
		/* It may show its own title, with the socket in it. */
		if (strstr(words, "redis-server") == NULL)
			continue;
		for (size_t i = 0; path != NULL && i < n; i++) {
			if (strncmp(words + i, "unixsocket:", 11) == 0)
				snprintf(path, 108, "%.*s", (int)strcspn(words + i + 11, " "),
				    words + i + 11);
		}
		found = pid;
	}
	if (d != NULL)
		closedir(d);
	return found;
}

struct store *
store_server_another(struct store *s)
{
	char path[108] = "", url[128];
	struct store_redis_options o = { .url = url };
	struct store *other;
	struct err err;

	if (strcmp(store_name(s), "memory") == 0)
		return s;
	if (store_server_of(getpid(), path) == 0 || path[0] == '\0')
		fprintf(stderr, "no redis-server found\n");
	snprintf(url, sizeof(url), "unix://%s", path);
	other = store_open_redis(&o, &err);
	if (other == NULL) {
		fprintf(stderr, "%s: %s\n", url, err.msg);
		abort();
	}
	return other;
}

void
store_server_close_another(struct store *s, struct store *other)
{
	if (other != s)
		store_close(other);
}
