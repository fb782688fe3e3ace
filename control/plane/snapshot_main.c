/* The command: one file, to or from the control plane that runs. */
#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "control/plane/snapshot.h"

enum { STALL_S = 120, ANSWER_MAX = 64 << 10 };

struct transfer {
	CURL *curl;
	FILE *file;
	struct buf *answer; /* what is said that is not the file */
	int is_file_wanted;
};

static size_t
on_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	long status = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (t->is_file_wanted && status == 200)
		return fwrite(p, 1, size * n, t->file);
	buf_add(t->answer, p, size * n);
	return size * n;
}

static size_t
give_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t got = fread(p, 1, size * n, t->file);

	return ferror(t->file) ? CURL_READFUNC_ABORT : got;
}

static const char *
url_of(struct arena *a, const struct settings *s)
{
	int is_any = s->listen == NULL || strcmp(s->listen, "0.0.0.0") == 0;

	return arena_printf(a, "http://%s:%d" SNAPSHOT_PATH,
	    is_any ? "127.0.0.1" : s->listen, s->port);
}

static void
say_failure(struct arena *a, const struct transfer *t, CURLcode rc, const char *url)
{
	const char *text = buf_text(t->answer);
	json_t *answer = NULL;
	struct err ignored;

	if (rc != CURLE_OK && t->answer->len == 0)
		fprintf(stderr, "simfra snapshot: %s: %s\n", url, curl_easy_strerror(rc));
	else if (json_read_in(a, text, t->answer->len, &answer, &ignored) == 0)
		fprintf(stderr, "simfra snapshot: %s\n",
		    json_str_or(answer, "message", text));
	else
		fprintf(stderr, "simfra snapshot: %s\n", text);
}

static int
transfer(struct arena *a, const struct settings *s, struct transfer *t)
{
	const char *url = url_of(a, s);
	struct curl_slist *headers = NULL;
	long status = 0;
	CURLcode rc;

	t->curl = curl_easy_init();
	if (t->curl == NULL)
		return -1;
	t->answer = buf_new(a, ANSWER_MAX);
	if (s->admin_token != NULL)
		headers = curl_slist_append(headers,
		    arena_printf(a, "Authorization: Bearer %s", s->admin_token));
	if (!t->is_file_wanted) {
		headers = curl_slist_append(headers, "Content-Type: application/x-tar");
		curl_easy_setopt(t->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(t->curl, CURLOPT_READFUNCTION, give_bytes);
		curl_easy_setopt(t->curl, CURLOPT_READDATA, t);
		headers = curl_slist_append(headers, "Transfer-Encoding: chunked");
	}
	curl_easy_setopt(t->curl, CURLOPT_URL, url);
	curl_easy_setopt(t->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
	curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, t);
	rc = curl_easy_perform(t->curl);
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(t->curl);
	if (rc == CURLE_OK && status == 200)
		return 0;
	say_failure(a, t, rc, url);
	return -1;
}

static int
complain(const char *path)
{
	fprintf(stderr, "simfra snapshot: %s: %s\n", path, strerror(errno));
	return 1;
}

/* Written aside, so that an older file stays when this fails. */
static int
save(struct arena *a, const struct settings *s, const char *path)
{
	const char *part = arena_printf(a, "%s.part", path);
	struct transfer t = { .is_file_wanted = 1 };
	int rc;

	if (strcmp(path, "-") == 0) {
		t.file = stdout;
		return transfer(a, s, &t) == 0 && fflush(stdout) == 0 ? 0 : 1;
	}
	t.file = fopen(part, "wbxe");
	if (t.file == NULL)
		return complain(part);
	rc = transfer(a, s, &t);
	if (rc == 0 && (fflush(t.file) != 0 || fsync(fileno(t.file)) < 0))
		rc = complain(part);
	if (fclose(t.file) != 0 && rc == 0)
		rc = complain(part);
	if (rc == 0 && rename(part, path) < 0)
		rc = complain(path);
	if (rc != 0)
		(void)unlink(part);
	return rc == 0 ? 0 : 1;
}

static int
load(struct arena *a, const struct settings *s, const char *path, FILE *out)
{
	struct transfer t = { .file = stdin };
	int rc;

	if (strcmp(path, "-") != 0)
		t.file = fopen(path, "rbe");
	if (t.file == NULL)
		return complain(path);
	rc = transfer(a, s, &t);
	if (t.file != stdin)
		fclose(t.file);
	if (rc == 0)
		fprintf(out, "%s\n", buf_text(t.answer));
	return rc == 0 ? 0 : 1;
}

int
snapshot_command(struct arena *a, const struct settings *s, int argc, char **argv,
    FILE *out)
{
	if (argc == 3 && strcmp(argv[1], "save") == 0)
		return save(a, s, argv[2]);
	if (argc == 3 && strcmp(argv[1], "load") == 0)
		return load(a, s, argv[2], out);
	fprintf(stderr,
	    "usage: simfra snapshot save|load FILE (\"-\" for the standard streams)\n");
	return 2;
}
