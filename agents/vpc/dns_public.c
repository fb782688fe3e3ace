#include "agents/vpc/dns_public.h"

#include <string.h>

enum { OCTETS = 4 };

/* "ec2-198-18-16-5", in one form only. */
static int
read_label(const uint8_t *wire, uint32_t *ret)
{
	const uint8_t *p = wire + 1, *end = p + wire[0];
	uint32_t address = 0;

	if (wire[0] < 4 || memcmp(p, "ec2", 3) != 0)
		return 0;
	p += 3;
	for (int i = 0; i < OCTETS; i++) {
		unsigned n = 0;
		int digits = 0;

		if (p == end || *p++ != '-')
			return 0;
		for (; p < end && *p >= '0' && *p <= '9' && digits < 3; p++, digits++)
			n = n * 10 + (unsigned)(*p - '0');
		if (digits == 0 || n > 255 || (digits > 1 && p[-digits] == '0'))
			return 0;
		address = address << 8 | n;
	}
	*ret = address;
	return p == end;
}

/* The rest of the name is this; text is in wire form, the root's NUL included. */
#define IS(wire, left, text) \
	((left) == sizeof(text) && memcmp((wire), (text), sizeof(text)) == 0)

int
dns_public_address(const struct dns_name *name, uint32_t *ret)
{
	const uint8_t *at = name->wire;
	size_t left = name->len;
	uint32_t address;

	if (at[0] == 0 || !read_label(at, &address))
		return 0;
	left -= dns_label_len(at);
	at += dns_label_len(at);
	if (!IS(at, left,
		"\x09"
		"compute-1"
		"\x09"
		"amazonaws"
		"\x03"
		"com")) {
		if (at[0] == 0)
			return 0;
		left -= dns_label_len(at);
		at += dns_label_len(at);
		if (!IS(at, left,
			"\x07"
			"compute"
			"\x09"
			"amazonaws"
			"\x03"
			"com"))
			return 0;
	}
	*ret = address;
	return 1;
}
