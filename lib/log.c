/* log.c - one line per decision, as key=value pairs. */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

/* A longer value is cut, so that the keys after it are still there. */
#define VALUE_MAX	1024
#define LINE_MAX_	8192

struct line {
	char	buf[LINE_MAX_];
	size_t	len;
};

static log_sink *_Atomic	sink;
static _Atomic int		level = LOG_INFO;
static _Atomic bool		to_syslog;

static void
add(struct line *l, const char *s, size_t n)
{
	size_t room = sizeof(l->buf) - 2 - l->len;	/* "\n" and NUL */

	if (n > room)
		n = room;
	memcpy(l->buf + l->len, s, n);
	l->len += n;
}

static void
add_str(struct line *l, const char *s)
{
	add(l, s, strlen(s));
}

static bool
is_plain(const char *s)
{
	if (*s == '\0' || strcmp(s, "-") == 0)	/* "-" alone means NULL */
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 0x7f || strchr("\"\\=", *s) != NULL)
			return false;
	return true;
}

static void
add_quoted(struct line *l, const char *s, size_t n)
{
	char esc[5];

	add(l, "\"", 1);
	for (; n > 0; s++, n--) {
		if (*s == '"' || *s == '\\') {
			add(l, "\\", 1);
			add(l, s, 1);
		} else if (*s >= ' ' && *s < 0x7f) {
			add(l, s, 1);
		} else {
			(void)snprintf(esc, sizeof(esc), "\\x%02x",
			    (unsigned)(unsigned char)*s);
			add(l, esc, 4);
		}
	}
	add(l, "\"", 1);
}

static void
add_value(struct line *l, const char *s)
{
	size_t n;

	if (s == NULL) {
		add(l, "-", 1);
		return;
	}
	n = strnlen(s, VALUE_MAX + 1);
	if (n > VALUE_MAX) {
		add_quoted(l, s, VALUE_MAX);
		add_str(l, "...");
	} else if (is_plain(s)) {
		add(l, s, n);
	} else {
		add_quoted(l, s, n);
	}
}

static atomic_uint lost;

/* One write(2) a line, so that lines of two threads never mix.  A pipe that
 * nobody reads must not stall a loop: what would wait is counted instead. */
static void
put_stderr(const char *text, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	char note[64];
	unsigned n;

	if (poll(&p, 1, 0) == 0) {
		atomic_fetch_add(&lost, 1);
		return;
	}
	if ((n = atomic_exchange(&lost, 0)) > 0) {
		int k = snprintf(note, sizeof(note), "ev=log.lost lines=%u\n", n);

		while (write(STDERR_FILENO, note, (size_t)k) == -1 && errno == EINTR)
			;
		if (poll(&p, 1, 0) == 0) {
			atomic_fetch_add(&lost, 1);
			return;
		}
	}
	while (write(STDERR_FILENO, text, len) == -1 && errno == EINTR)
		;
}

static void
emit(int prio, struct line *l)
{
	log_sink *fn = atomic_load(&sink);

	l->buf[l->len] = '\0';
	if (fn != NULL)
		fn(prio, l->buf);
	else if (atomic_load(&to_syslog))
		syslog(prio, "%s", l->buf);
	else {
		/* A pipe that is ready has room for so much. */
		if (l->len >= PIPE_BUF)
			l->len = PIPE_BUF - 1;
		l->buf[l->len] = '\n';
		put_stderr(l->buf, l->len + 1);
	}
}

void
log_kv(int prio, const char *event, const struct kv *kv, size_t n)
{
	struct line l;
	char num[24];
	int keep = errno;

	if (prio > atomic_load(&level))
		return;
	l.len = 0;
	add_str(&l, "ev=");
	add_value(&l, event);
	for (size_t i = 0; i < n; i++) {
		add(&l, " ", 1);
		add_str(&l, kv[i].key);
		add(&l, "=", 1);
		if (kv[i].type == KV_STR) {
			add_value(&l, kv[i].str);
		} else {
			(void)snprintf(num, sizeof(num), "%lld",
			    (long long)kv[i].num);
			add_str(&l, num);
		}
	}
	emit(prio, &l);
	errno = keep;
}

void
log_set_sink(log_sink *fn)
{
	atomic_store(&sink, fn);
}

void
log_set_level(int prio)
{
	atomic_store(&level, prio);
}

void
log_use_syslog(const char *ident)
{
	openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	atomic_store(&to_syslog, true);
}

void
fatal(int code, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	if (atomic_load(&to_syslog))
		syslog(LOG_CRIT, "%s", text);
	warnx("%s", text);
	exit(code);
}
