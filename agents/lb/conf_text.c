#include "agents/lb/conf_text.h"

#include <string.h>

void
conf_quote(struct buf *b, const char *text)
{
	buf_chr(b, '\'');
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\'')
			buf_str(b, "'\\''");
		else
			buf_chr(b, *p == '\n' || *p == '\r' ? ' ' : *p);
	}
	buf_chr(b, '\'');
}

const char *
conf_pattern(struct arena *a, const char *pattern, const char *any)
{
	struct buf *b = buf_new(a, 0);

	for (const char *p = pattern; *p != '\0'; p++) {
		if (*p == '*')
			buf_printf(b, "%s*", any);
		else if (*p == '?')
			buf_str(b, any);
		else if (strchr("\\^$.|+()[]{}", *p) != NULL)
			buf_printf(b, "\\%c", *p);
		else
			buf_chr(b, *p);
	}
	return arena_strdup(a, buf_text(b));
}

const char *
conf_literal(struct arena *a, const char *text)
{
	struct buf *b = buf_new(a, 0);

	for (const char *p = text; *p != '\0'; p++)
		buf_str(b, *p == '%' ? "%%" : (char[]){ *p, '\0' });
	return arena_strdup(a, buf_text(b));
}
