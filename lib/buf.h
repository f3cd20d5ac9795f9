/* buf.h - a growing byte buffer with a sticky error.  Layer: lib.
 *
 * Ownership: buf_free() frees; buf_steal() hands the bytes over (always
 * NUL-terminated one past len) and leaves the buffer empty, or returns NULL
 * when an append failed.  A buffer of all zeroes is empty and valid.
 * Growth past BUF_MAX fails like a lack of memory.
 */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include <stdarg.h>
#include <stddef.h>

#define BUF_MAX	((size_t)64 << 20)

struct buf {
	char	*p;
	size_t	 len, cap;
	int	 err;		/* 0 or -ENOMEM, sticky */
};

void	 buf_add(struct buf *, const void *, size_t);
void	 buf_puts(struct buf *, const char *);
void	 buf_putc(struct buf *, char);
void	 buf_printf(struct buf *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	 buf_vprintf(struct buf *, const char *fmt, va_list)
	    __attribute__((format(printf, 2, 0)));
/* What a stranger wrote, for JSON and terminals: UTF-8 without control
 * characters but newline and tab; NULs are left out, the rest becomes '?'. */
void	 buf_text(struct buf *, const void *, size_t);
char	*buf_steal(struct buf *, size_t *ret_len /* may be NULL */);
void	 buf_free(struct buf *);

#endif /* LIB_BUF_H */
