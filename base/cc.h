/*
 * Words for the compiler: attributes and small macros that every file may use.
 */
#ifndef BASE_CC_H
#define BASE_CC_H

#include <stddef.h>

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN	  __attribute__((noreturn))
#define UNUSED		  __attribute__((unused))
#define CLEANUP(fn)	  __attribute__((cleanup(fn)))
#define FALLTHROUGH	  __attribute__((fallthrough))
#define COUNT(array)	  (sizeof(array) / sizeof((array)[0]))

/* The value of a pointer that a CLEANUP variable holds; the variable forgets it. */
#define TAKE(p)                           \
	__extension__({                   \
		__typeof__(p) taken_ = p; \
		(p) = NULL;               \
		taken_;                   \
	})

#endif
