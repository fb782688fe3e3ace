#include "control/plane/init_program.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SIZE = 16 << 20 };

static const char *
path_of(struct arena *a)
{
	const char *lib = getenv("SIMFRA_LIB");
	char self[PATH_MAX];
	ssize_t n;

	if (lib == NULL || lib[0] == '\0') {
		n = readlink("/proc/self/exe", self, sizeof(self) - 1);
		self[n < 0 ? 0 : n] = '\0';
		lib = dirname(self);
	}
	return arena_printf(a, "%s/simfra-init", lib);
}

void *
init_program_read(struct arena *a, size_t *ret_len, struct err *err)
{
	const char *path = path_of(a);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t n = 0;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size <= 0 || st.st_size > MAX_SIZE) {
		err_errno_fn(err, "no simfra-init at %s", path);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	bytes = arena_alloc(a, (size_t)st.st_size);
	while (n < (size_t)st.st_size) {
		ssize_t k = read(fd, bytes + n, (size_t)st.st_size - n);

		if (k <= 0)
			break;
		n += (size_t)k;
	}
	close(fd);
	*ret_len = n;
	return bytes;
}
