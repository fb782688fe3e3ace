#include "control/plane/admin_client.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

enum { TIMEOUT_MS = 30000, ANSWER_MAX = 64 << 20 };

static const struct err_kind no_answer = { "NoAnswer", 503 };

char *
admin_escape(struct arena *a, const char *text)
{
	char *out = arena_alloc(a, strlen(text) * 3 + 1), *p = out;

	for (; *text != '\0'; text++) {
		if (isalnum((unsigned char)*text) || strchr("-_.:", *text) != NULL)
			*p++ = *text;
		else
			p += snprintf(p, 4, "%%%02X", (unsigned char)*text);
	}
	*p = '\0';
	return out;
}

static size_t
keep(char *data, size_t size, size_t n, void *arg)
{
	buf_add(arg, data, size * n);
	return buf_is_full(arg) ? 0 : size * n;
}

static char *
url_of(struct arena *a, const struct settings *s, const char *path)
{
	int is_any = s->listen == NULL || strcmp(s->listen, "0.0.0.0") == 0;

	return arena_printf(a, "http://%s:%d%s", is_any ? "127.0.0.1" : s->listen,
	    s->port, path);
}

int
admin_ask(struct arena *a, const struct settings *s, const char *method, const char *path,
    const json_t *body, json_t **ret, struct err *err)
{
	struct buf *answer = buf_new(a, ANSWER_MAX);
	struct curl_slist *headers = NULL;
	CURL *curl = curl_easy_init();
	const char *url = url_of(a, s, path);
	struct err unread;
	CURLcode rc;
	long status = 0;

	*ret = NULL;
	if (curl == NULL)
		return err_set(err, &err_internal, "libcurl does not start");
	if (s->admin_token != NULL)
		headers = curl_slist_append(headers,
		    arena_printf(a, "Authorization: Bearer %s", s->admin_token));
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	if (body != NULL) {
		headers = curl_slist_append(headers, "Content-Type: application/json");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json_text(a, body));
	}
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	rc = curl_easy_perform(curl);
	if (rc == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (rc != CURLE_OK)
		return err_set(err, &no_answer, "%s: %s", url, curl_easy_strerror(rc));
	if (json_read_in(a, buf_text(answer), answer->len, ret, &unread) < 0)
		*ret = NULL;
	return (int)status;
}
