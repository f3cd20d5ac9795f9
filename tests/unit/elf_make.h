/* elf_make.h - the header of a program, with a FreeBSD note if it is to have one. */
#ifndef TESTS_UNIT_ELF_MAKE_H
#define TESTS_UNIT_ELF_MAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ELF_MAKE_MAX	256u

struct elf_maker { uint8_t *p; size_t n; bool big, wide; };

static inline void
elf_int(struct elf_maker *m, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		m->p[m->n++] = (uint8_t)(v >> 8 * (m->big ? bytes - 1 - i : i));
}

static inline void
elf_wide(struct elf_maker *m, uint64_t v)
{
	elf_int(m, v, m->wide ? 8 : 4);
}

/* osrel 0: no note at all. */
static inline size_t
elf_make(uint8_t buf[ELF_MAKE_MAX], unsigned machine, bool wide, bool big, unsigned osrel)
{
	struct elf_maker m = { .p = buf, .n = 16, .big = big, .wide = wide };
	unsigned head = wide ? 64 : 52, entry = wide ? 56 : 32;

	memset(buf, 0, ELF_MAKE_MAX);
	memcpy(buf, "\177ELF", 4);
	buf[4] = wide ? 2 : 1;
	buf[5] = big ? 2 : 1;
	buf[6] = 1;
	elf_int(&m, 2, 2);
	elf_int(&m, machine, 2);
	elf_int(&m, 1, 4);
	elf_wide(&m, 0);
	elf_wide(&m, head);
	elf_wide(&m, 0);
	elf_int(&m, 0, 4);
	elf_int(&m, head, 2);
	elf_int(&m, entry, 2);
	elf_int(&m, osrel != 0 ? 1 : 0, 2);
	elf_int(&m, 0, 6);
	if (osrel == 0)
		return m.n;
	elf_int(&m, 4, 4);
	if (wide)
		elf_int(&m, 4, 4);
	elf_wide(&m, head + entry);
	elf_wide(&m, 0);
	elf_wide(&m, 0);
	elf_wide(&m, 24);
	elf_wide(&m, 24);
	if (!wide)
		elf_int(&m, 4, 4);
	elf_wide(&m, 4);
	elf_int(&m, 8, 4);
	elf_int(&m, 4, 4);
	elf_int(&m, 1, 4);
	memcpy(buf + m.n, "FreeBSD", 8);
	m.n += 8;
	elf_int(&m, osrel, 4);
	return m.n;
}

#endif /* TESTS_UNIT_ELF_MAKE_H */
