/* identify_text.c - what a version, a program's header or a text says. */
#include "identify.h"

#include <stdio.h>
#include <string.h>

#include "../lib/wire.h"

#define DIGITS	"0123456789"
#define ALNUM	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS

/* ELF --------------------------------------------------------------------- */

struct elf { struct rd rd; bool big, wide; };

static uint16_t
half(struct elf *e)
{
	unsigned v = rd_be16(&e->rd);

	return (uint16_t)(e->big ? v : v << 8 | v >> 8);
}

static uint32_t
word(struct elf *e)
{
	uint32_t lo, hi;

	if (e->big)
		return rd_be32(&e->rd);
	lo = half(e);
	hi = half(e);
	return hi << 16 | lo;
}

/* An address, an offset or a size. */
static uint64_t
wide(struct elf *e)
{
	uint64_t a, b;

	if (!e->wide)
		return word(e);
	a = word(e);
	b = word(e);
	return e->big ? a << 32 | b : b << 32 | a;
}

static const char *
machine(unsigned m, const struct elf *e)
{
	switch (m) {
	case 2: return "sparc";
	case 3: return "i386";
	case 8: return e->wide ? "mips64" : "mips";
	case 20: return "powerpc";
	case 21: return e->big ? "powerpc64" : "powerpc64le";
	case 22: return "s390x";
	case 40: return "arm";
	case 43: return "sparc64";
	case 50: return "ia64";
	case 62: return "amd64";
	case 183: return "arm64";
	case 243: return "riscv64";
	case 0x9026: return "alpha";
	default: return "";
	}
}

static size_t
padded(uint32_t n)
{
	return (size_t)n + (4 - n % 4) % 4;
}

/* Notes: sizes of name and text, a type; name and text, each filled to four. */
static void
read_notes(struct elf *e, struct elf_facts *f)
{
	while (rd_left(&e->rd) >= 12) {
		uint32_t n_name = word(e), n_text = word(e), type = word(e);
		const uint8_t *name = rd_take(&e->rd, padded(n_name));
		struct elf text = *e;

		if (rd_take(&e->rd, padded(n_text)) == NULL)
			return;
		if (n_name != 8 || memcmp(name, "FreeBSD", 8) != 0)
			continue;
		f->freebsd = true;
		if (type == 1 && n_text >= 4)
			f->osrel = word(&text);
	}
}

bool
identify_elf(const void *p, size_t len, struct elf_facts *ret)
{
	struct elf e = { .rd = rd_init(p, len) };
	struct elf_facts f = { .osrel = 0 };
	const uint8_t *id = rd_take(&e.rd, 16);
	uint16_t type, mach, size, n;
	uint64_t off, at, bytes;

	if (id == NULL || memcmp(id, "\177ELF", 4) != 0 || id[4] < 1 || id[4] > 2 ||
	    id[5] < 1 || id[5] > 2)
		return false;
	e.wide = id[4] == 2;
	e.big = id[5] == 2;
	f.freebsd = id[7] == 9;
	type = half(&e);
	mach = half(&e);
	(void)word(&e);
	(void)wide(&e);
	off = wide(&e);
	(void)wide(&e);
	(void)word(&e);
	(void)half(&e);
	size = half(&e);
	n = half(&e);
	if (e.rd.err < 0 || type == 0)
		return false;
	(void)snprintf(f.arch, sizeof(f.arch), "%s", machine(mach, &e));
	for (uint16_t i = 0; i < n && off <= len; i++, off += size) {
		struct elf h = { rd_init((const uint8_t *)p + off, len - (size_t)off), e.big, e.wide };

		if (word(&h) != 4)		/* PT_NOTE */
			continue;
		if (h.wide)
			(void)word(&h);		/* flags */
		at = wide(&h);
		(void)wide(&h);
		(void)wide(&h);
		bytes = wide(&h);
		if (h.rd.err < 0 || at > len || bytes > len - at)
			continue;
		h.rd = rd_init((const uint8_t *)p + at, (size_t)bytes);
		read_notes(&h, &f);
	}
	*ret = f;
	return true;
}

/* Versions ---------------------------------------------------------------- */

/* At most three digits. */
static bool
small_number(const char **s, unsigned *ret)
{
	size_t n = strspn(*s, DIGITS);
	unsigned v = 0;

	if (n == 0 || n > 3)
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (unsigned)((*s)[i] - '0');
	*s += n;
	*ret = v;
	return true;
}

bool
identify_version(const char *text, struct release_id *ret)
{
	const char *s = text;
	unsigned major, minor;

	if (!small_number(&s, &major) || *s++ != '.' || !small_number(&s, &minor))
		return false;
	if (*s == '.')			/* 2.2.8, 4.6.2 */
		s += 1 + strspn(s + 1, DIGITS);
	if (*s++ != '-' || *s < 'A' || *s > 'Z' || strlen(text) >= sizeof(ret->version) ||
	    s[strspn(s, ALNUM "-")] != '\0')
		return false;
	(void)snprintf(ret->version, sizeof(ret->version), "%s", text);
	ret->major = major;
	ret->minor = minor;
	return true;
}

bool
identify_osrel(unsigned osrel, struct release_id *ret)
{
	/* Before 5.0 it was counted otherwise. */
	if (osrel < 500000 || osrel >= 100000000)
		return false;
	ret->major = osrel / 100000;
	ret->minor = osrel / 1000 % 100;
	(void)snprintf(ret->version, sizeof(ret->version), "%u.%u", ret->major, ret->minor);
	return true;
}

/* Texts ------------------------------------------------------------------- */

static bool
printable(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			return false;
	return true;
}

bool
identify_value(const char *text, size_t len, const char *key, char *ret, size_t cap)
{
	const char *p = text, *end = text + len, *line, *stop;
	size_t k = strlen(key);

	while (p < end) {
		line = p;
		if ((stop = memchr(p, '\n', (size_t)(end - p))) == NULL)
			stop = end;
		p = stop + 1;
		while (line < stop && (*line == ' ' || *line == '\t'))
			line++;
		if ((size_t)(stop - line) <= k || memcmp(line, key, k) != 0)
			continue;
		for (line += k; line < stop && (*line == ' ' || *line == '\t'); line++)
			;
		if (line == stop || *line++ != '=')
			continue;
		while (line < stop && (*line == ' ' || *line == '\t'))
			line++;
		while (stop > line && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
			stop--;
		if (stop - line >= 2 && (*line == '"' || *line == '\'') && stop[-1] == *line) {
			line++;
			stop--;
		}
		if (line == stop || (size_t)(stop - line) >= cap ||
		    !printable(line, (size_t)(stop - line)))
			continue;
		memcpy(ret, line, (size_t)(stop - line));
		ret[stop - line] = '\0';
		return true;
	}
	return false;
}

bool
identify_readme(const char *text, size_t len, char ret_arch[16])
{
	static const char word_[] = "FreeBSD/";
	const char *end = text + len, *p = text, *q;

	while ((size_t)(end - p) > sizeof(word_) - 1 &&
	    (p = memchr(p, 'F', (size_t)(end - p))) != NULL) {
		if ((size_t)(end - p) <= sizeof(word_) - 1 ||
		    memcmp(p, word_, sizeof(word_) - 1) != 0) {
			p++;
			continue;
		}
		for (q = p += sizeof(word_) - 1; q < end && ((*q >= 'a' && *q <= 'z') ||
		    (*q >= '0' && *q <= '9')); q++)
			;
		if (q > p && q - p < 16) {
			memcpy(ret_arch, p, (size_t)(q - p));
			ret_arch[q - p] = '\0';
			return true;
		}
	}
	return false;
}
