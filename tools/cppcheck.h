/*
 * For cppcheck only, which does not read the headers of libraries: what their
 * macros come to.
 */
#define json_array_foreach(a, i, v) \
	for (i = 0; i < json_array_size(a) && (v = json_array_get(a, i)) != NULL; i++)
#define json_object_foreach(o, k, v)                                                  \
	for (k = json_first(o); k != NULL && (v = json_object_get(o, k)) != NULL; \
	    k = json_next(o, k))
#define json_object_foreach_safe(o, n, k, v)                                               \
	for (k = json_first(o), n = json_next(o, k);                                       \
	    k != NULL && (v = json_object_get(o, k)) != NULL; k = n, n = json_next(o, k))
