/* must.h - what a fuzz target demands of every input. */
#ifndef TESTS_FUZZ_MUST_H
#define TESTS_FUZZ_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define MUST(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

#endif /* TESTS_FUZZ_MUST_H */
