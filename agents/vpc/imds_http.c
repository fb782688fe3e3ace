#include "agents/vpc/imds_http.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/enc.h"

/* A piece of the request, without its end. */
struct span {
	const char *p;
	size_t len;
};

struct head {
	struct imds_request *req;
	int minor; /* HTTP/1.minor */
	int has_host, has_length, says_close, says_keep;
};

static int
span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

/* Up to `c`, which is skipped; 0 when it is not there. */
static int
cut(struct span *from, char c, struct span *ret)
{
	const char *end = memchr(from->p, c, from->len);

	if (end == NULL)
		return 0;
	ret->p = from->p;
	ret->len = (size_t)(end - from->p);
	from->len -= ret->len + 1;
	from->p = end + 1;
	return 1;
}

static enum imds_method
method_of(struct span s)
{
	static const char *const words[] = {
		[IMDS_GET] = "GET",
		[IMDS_HEAD] = "HEAD",
		[IMDS_PUT] = "PUT",
	};

	for (size_t i = 0; i < COUNT(words); i++) {
		if (s.len == strlen(words[i]) && memcmp(s.p, words[i], s.len) == 0)
			return (enum imds_method)i;
	}
	return IMDS_OTHER;
}

/* RFC 9110 5.6.2. */
static int
is_token(struct span s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && (c == '\0' || strchr(others, c) == NULL))
			return 0;
	}
	return s.len > 0;
}

/* "/a/b?c", or with scheme and host before it (RFC 9112 3.2.2). */
static int
read_target(struct span s, struct imds_request *req)
{
	static const char scheme[] = "http://";
	struct span path;
	size_t n;

	if (s.len > strlen(scheme) && strncasecmp(s.p, scheme, strlen(scheme)) == 0) {
		s.p += strlen(scheme);
		s.len -= strlen(scheme);
		if (!cut(&s, '/', &path))
			return 400;
		s.p--;
		s.len++;
	}
	if (s.len == 0 || s.p[0] != '/')
		return 400;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return 400;
	}
	if (!cut(&s, '?', &path))
		path = s;
	if (path.len > IMDS_PATH_MAX)
		return 414;
	memcpy(req->path, path.p, path.len);
	req->path[path.len] = '\0';
	n = path.len;
	if (!percent_decode(req->path, &n, 0))
		return 400;
	req->path[n] = '\0';
	return 0;
}

static int
read_request_line(struct span line, struct head *h)
{
	struct span method, target;
	int status;

	if (!cut(&line, ' ', &method) || !cut(&line, ' ', &target) || !is_token(method))
		return 400;
	if (line.len != 8 || memcmp(line.p, "HTTP/", 5) != 0)
		return 400;
	if (memcmp(line.p + 5, "1.", 2) != 0)
		return 505;
	if (line.p[7] != '0' && line.p[7] != '1')
		return 505;
	h->minor = line.p[7] - '0';
	h->req->method = method_of(method);
	status = read_target(target, h->req);
	return status;
}

static int
take_length(struct span v, struct head *h)
{
	size_t n = 0;

	if (v.len == 0 || v.len > 9)
		return 400;
	for (size_t i = 0; i < v.len; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return 400;
		n = n * 10 + (size_t)(v.p[i] - '0');
	}
	if (h->has_length && h->req->body_len != n)
		return 400;
	h->has_length = 1;
	h->req->body_len = n;
	return n > IMDS_BODY_MAX ? 413 : 0;
}

/* A list of words, of which two mean something here. */
static void
take_connection(struct span v, struct head *h)
{
	struct span word;
	int more;

	do {
		more = cut(&v, ',', &word);
		if (!more)
			word = v;
		while (word.len > 0 && (*word.p == ' ' || *word.p == '\t')) {
			word.p++;
			word.len--;
		}
		while (word.len > 0 && word.p[word.len - 1] == ' ')
			word.len--;
		h->says_close |= span_is(word, "close");
		h->says_keep |= span_is(word, "keep-alive");
	} while (more);
}

/* Given twice, such a header says nothing that we could trust. */
static int
take_value(struct span v, int *has, char to[IMDS_VALUE_MAX + 1])
{
	if (*has)
		return 400;
	*has = 1;
	if (v.len > IMDS_VALUE_MAX)
		v.len = 0;
	memcpy(to, v.p, v.len);
	to[v.len] = '\0';
	return 0;
}

static int
take_header(struct span name, struct span v, struct head *h)
{
	struct imds_request *req = h->req;

	if (span_is(name, "X-aws-ec2-metadata-token"))
		return take_value(v, &req->has_token, req->token);
	if (span_is(name, "X-aws-ec2-metadata-token-ttl-seconds"))
		return take_value(v, &req->has_ttl, req->ttl);
	if (span_is(name, "Content-Length"))
		return take_length(v, h);
	if (span_is(name, "Transfer-Encoding"))
		return 501;
	if (span_is(name, "Host"))
		return h->has_host++ ? 400 : 0;
	if (span_is(name, "Connection"))
		take_connection(v, h);
	if (span_is(name, "X-Forwarded-For"))
		req->is_forwarded = 1;
	return 0;
}

static int
read_header(struct span line, struct head *h)
{
	struct span name;

	if (!cut(&line, ':', &name) || !is_token(name))
		return 400;
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return 400;
	}
	while (line.len > 0 && (*line.p == ' ' || *line.p == '\t')) {
		line.p++;
		line.len--;
	}
	while (
	    line.len > 0 && (line.p[line.len - 1] == ' ' || line.p[line.len - 1] == '\t'))
		line.len--;
	return take_header(name, line, h);
}

/* A line and its CRLF: 1, or 0 when a line feed stands alone. */
static int
cut_line(struct span *from, struct span *ret)
{
	if (!cut(from, '\n', ret) || ret->len == 0 || ret->p[ret->len - 1] != '\r')
		return 0;
	ret->len--;
	return 1;
}

static int
read_head(struct span rest, struct head *h)
{
	struct span line;
	int status, n = 0;

	if (!cut_line(&rest, &line))
		return 400;
	status = read_request_line(line, h);
	while (status == 0 && rest.len > 0) {
		if (!cut_line(&rest, &line))
			return 400;
		if (line.len == 0)
			break;
		if (++n > IMDS_HEADERS_MAX)
			return 431;
		status = read_header(line, h);
	}
	if (status == 0 && h->minor > 0 && !h->has_host)
		return 400;
	return status;
}

int
imds_http_read(const char *p, size_t len, struct imds_request *ret)
{
	const char *end = memmem(p, len, "\r\n\r\n", 4);
	struct head h = { .req = ret };
	int status;

	if (end == NULL)
		return len >= IMDS_HEAD_MAX ? 431 : 0;
	memset(ret, 0, sizeof(*ret));
	ret->head_len = (size_t)(end - p) + 4;
	if (ret->head_len > IMDS_HEAD_MAX)
		return 431;
	status = read_head((struct span){ p, ret->head_len }, &h);
	if (status != 0)
		return status;
	ret->keep_alive = !h.says_close && (h.minor > 0 || h.says_keep);
	return 1;
}

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *words;
	} rows[] = {
		{ 200, "OK" },
		{ 204, "No Content" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 431, "Request Header Fields Too Large" },
		{ 501, "Not Implemented" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].status == status)
			return rows[i].words;
	}
	return "Error";
}

static void
write_page(int status, struct buf *out)
{
	buf_printf(out,
	    "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n"
	    "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\"\n"
	    "\t\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
	    "<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">\n"
	    " <head>\n"
	    "  <title>%d - %s</title>\n"
	    " </head>\n"
	    " <body>\n"
	    "  <h1>%d - %s</h1>\n"
	    " </body>\n"
	    "</html>\n",
	    status, reason(status), status, reason(status));
}

void
imds_http_write(const struct imds_reply *reply, int with_body, int keep_alive,
    long long now_s, struct buf *out)
{
	const struct buf *body = reply->body;
	time_t now = (time_t)now_s;
	struct buf page;
	char date[64];
	struct tm tm;

	buf_init(&page, 0);
	if (reply->status >= 400) {
		write_page(reply->status, &page);
		body = &page;
	}
	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	buf_printf(out, "HTTP/1.1 %d %s\r\n", reply->status, reason(reply->status));
	if (reply->token_ttl >= 0)
		buf_printf(out, "X-Aws-Ec2-Metadata-Token-Ttl-Seconds: %d\r\n",
		    reply->token_ttl);
	if (reply->allow != NULL)
		buf_printf(out, "Allow: %s\r\n", reply->allow);
	if (reply->status != 204)
		buf_printf(out,
		    "Content-Type: %s\r\nAccept-Ranges: none\r\nContent-Length: %zu\r\n",
		    reply->status >= 400 ? "text/html" : reply->type,
		    body != NULL ? body->len : 0);
	buf_printf(out, "Date: %s\r\nServer: EC2ws\r\nConnection: %s\r\n\r\n", date,
	    keep_alive ? "keep-alive" : "close");
	if (with_body && body != NULL && reply->status != 204)
		buf_add(out, buf_text(body), body->len);
	buf_done(&page);
}
