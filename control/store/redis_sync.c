/*
 * The append-only files: `appendonlydir/appendonly.aof.N…` since Redis 7, before that
 * one `appendonly.aof`.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "control/store/redis_sync.h"

#define APPENDED "appendonly.aof"

static void
sync_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return; /* rewritten meanwhile */
	if (fdatasync(fd) < 0)
		log_warn("store", "fdatasync %s: %s", name, strerror(errno));
	close(fd);
}

static void
sync_folder(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, APPENDED, strlen(APPENDED)) == 0)
			sync_file(dirfd(d), e->d_name);
	}
	closedir(d);
}

void
redis_sync_appended(const char *dir)
{
	char path[1100];

	sync_folder(dir);
	snprintf(path, sizeof(path), "%s/appendonlydir", dir);
	sync_folder(path);
}
