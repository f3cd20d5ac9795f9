/* count.c - see count.h. */
#include "count.h"

const struct count_info count_info[COUNT_N] = {
#define X(protocol, name, kind, text) { #protocol, #name, COUNT_##kind, text },
	COUNT_TABLE(X)
#undef X
};
