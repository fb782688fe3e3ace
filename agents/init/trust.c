#include "agents/init/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cc.h"

enum { CA_MAX = 16 * 1024, BUNDLE_MAX = 8 * 1024 * 1024 };

/* Where a distribution has its certificates: all in one file, and those of its administrator. */
static const struct {
	const char *bundle, *folder, *file;
} places[] = {
	/* Debian, Ubuntu, Alpine */
	{ "/etc/ssl/certs/ca-certificates.crt", "/usr/local/share/ca-certificates",
	    "simfra-ca.crt" },
	/* Amazon Linux, Fedora, RHEL */
	{ "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	    "/etc/pki/ca-trust/source/anchors", "simfra-ca.pem" },
	/* SUSE */
	{ "/var/lib/ca-certificates/ca-bundle.pem", "/etc/pki/trust/anchors",
	    "simfra-ca.pem" },
};

/* The folder in which OpenSSL looks certificates up by their names' hashes. */
#define HASHED "/etc/ssl/certs"

struct text {
	char *p;
	size_t n;
};

/* The whole file, which the caller frees: 0; -1 when it is not there, or too large. */
static int
read_all(const char *path, size_t max, struct text *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *p = NULL;
	size_t n = 0;
	ssize_t k = 1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size > max ||
	    (p = malloc((size_t)st.st_size + 1)) == NULL) {
		close(fd);
		errno = EFBIG;
		return -1;
	}
	while (
	    n < (size_t)st.st_size && (k = read(fd, p + n, (size_t)st.st_size - n)) > 0)
		n += (size_t)k;
	close(fd);
	if (k < 0) {
		free(p);
		return -1;
	}
	p[n] = '\0';
	*ret = (struct text){ p, n };
	return 0;
}

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* The file is this, and never half of it. */
static int
replace(const char *path, const struct text *text)
{
	char aside[PATH_MAX];
	int fd, rc;

	if (snprintf(aside, sizeof(aside), "%s.new", path) >= (int)sizeof(aside))
		return -1;
	unlink(aside);
	fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -1;
	rc = write_all(fd, text->p, text->n);
	fchmod(fd, 0644);
	if (close(fd) < 0)
		rc = -1;
	if (rc == 0)
		rc = rename(aside, path);
	if (rc < 0)
		unlink(aside);
	return rc;
}

/* The bundle stays the file that it is: others link to it. */
static int
append(const char *path, const struct text *bundle, const struct text *ca)
{
	const char *before =
	    bundle->n > 0 && bundle->p[bundle->n - 1] != '\n' ? "\n" : "";
	char text[CA_MAX + 2];
	int n, fd, rc;

	n = snprintf(text, sizeof(text), "%s%s", before, ca->p);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0 || n < 0 || n >= (int)sizeof(text))
		return -1;
	rc = write_all(fd, text, (size_t)n);
	if (close(fd) < 0)
		rc = -1;
	return rc;
}

static int
path_of(char out[PATH_MAX], const char *root, const char *folder, const char *file)
{
	return snprintf(out, PATH_MAX, "%s%s%s%s", root, folder, *file != '\0' ? "/" : "",
		   file) < PATH_MAX;
}

static int
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A link HASH.0 (or .1 …, when another has the name's hash) to the certificate. */
static int
link_hash(const char *root, const char *hash, const char *to)
{
	char path[PATH_MAX], file[24], there[PATH_MAX];

	if (!path_of(path, root, HASHED, "") || !is_folder(path))
		return 0;
	for (int i = 0; i < 10; i++) {
		ssize_t n;

		snprintf(file, sizeof(file), "%.8s.%d", hash, i);
		if (!path_of(path, root, HASHED, file))
			return 0;
		if (symlink(to, path) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
		n = readlink(path, there, sizeof(there) - 1);
		if (n > 0 && (size_t)n == strlen(to) &&
		    strncmp(there, to, (size_t)n) == 0)
			return 0;
	}
	return 0;
}

/* 1 when the distribution is this one, and its bundle (with ours) is in *ret; 0; -1. */
static int
install_in(const char *root, size_t i, const char *hash, const struct text *ca,
    struct text *ret)
{
	char path[PATH_MAX], folder[PATH_MAX], target[PATH_MAX];

	if (!path_of(path, root, places[i].bundle, "") ||
	    !path_of(folder, root, places[i].folder, "") ||
	    read_all(path, BUNDLE_MAX, ret) < 0)
		return 0;
	if (strstr(ret->p, ca->p) == NULL) {
		int rc = append(path, ret, ca);

		free(ret->p);
		if (rc < 0 || read_all(path, BUNDLE_MAX, ret) < 0)
			return -1;
	}
	/* update-ca-certificates and its like make the bundle anew from here. */
	if (is_folder(folder) && path_of(path, root, places[i].folder, places[i].file) &&
	    path_of(target, "", places[i].folder, places[i].file) &&
	    (replace(path, ca) < 0 ||
		(hash != NULL && link_hash(root, hash, target) < 0))) {
		free(ret->p);
		return -1;
	}
	return 1;
}

int
trust_install(const char *root, const char *hash)
{
	struct text ca, bundle;
	char path[PATH_MAX];
	int rc = 0;

	if (!path_of(path, root, TRUST_CA, "") || read_all(path, CA_MAX, &ca) < 0)
		return 0;
	for (size_t i = 0; i < COUNT(places) && rc == 0; i++)
		rc = install_in(root, i, hash, &ca, &bundle);
	if (rc > 0) {
		rc = path_of(path, root, TRUST_BUNDLE, "") ? replace(path, &bundle) : -1;
		free(bundle.p);
	}
	free(ca.p);
	return rc < 0 ? -1 : 0;
}
