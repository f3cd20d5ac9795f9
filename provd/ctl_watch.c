/* ctl_watch.c - provctl watch: on a terminal all hosts in place, else lines. */
#include <sys/ioctl.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "ctl_events.h"
#include "ctl_http.h"
#include "ctl_print.h"
#include "provctl.h"
#include "screen.h"

#define DRAW_MS		200	/* at most so often */
#define LOOK_MS		500	/* signals and time are looked at */
#define AGAIN_MS	1000	/* a server that has gone is asked again */

/* Lines ------------------------------------------------------------------------- */

static bool
watch_line(void *arg, const char *line)
{
	const struct ctl_opt *opt = arg;
	json_t *o;

	if (opt->json)
		puts(line);
	else if ((o = json_loads(line, 0, NULL)) != NULL) {
		ctl_print_time(ctl_num(o, "time"));
		printf("  %-16s %-11s ", ctl_get(o, "name"), ctl_get(o, "state"));
		ctl_put_safe(ctl_get(o, "line"));
		putchar('\n');
		json_decref(o);
	}
	return fflush(stdout) == 0;
}

/* Not on a terminal: a line for each thing that happens. */
static int
watch_lines(const struct ctl_opt *opt)
{
	struct ctl_opt o = *opt;
	int code = 0, r;

	r = ctl_stream(opt->socket, "/v1/watch", watch_line, &o, &code);
	if (r < 0)
		return ctl_no_server(opt, r);
	return code == 200 ? DONE : REFUSED;
}

/* What is known of the hosts ---------------------------------------------------- */

struct watch {
	const struct ctl_opt *opt;
	struct ctl_events *events;
	struct screen_host **host;	/* by name */
	const struct screen_host **shown;	/* as many, in the screen's order */
	size_t		 n, cap;
	bool		 reset, dirty;
	const char	*title;
};

/* Overall, not of a file. */
static int
progress_of(const json_t *h)
{
	const json_t *p = json_object_get(h, "progress");

	if (p == NULL && json_object_get(h, "file_percent") != NULL)
		p = json_object_get(h, "percent");
	return json_is_integer(p) ? (int)json_integer_value(p) : -1;
}

static void
host_fill(struct screen_host *s, const json_t *h)
{
	const json_t *eta = json_object_get(h, "eta");
	bool under_way;

	snprintf(s->name, sizeof(s->name), "%s", ctl_get(h, "name"));
	snprintf(s->state, sizeof(s->state), "%s", ctl_get(h, "state"));
	under_way = strcmp(s->state, "installing") == 0 || strcmp(s->state, "booting") == 0;
	s->progress = under_way ? progress_of(h) : -1;
	s->eta = json_is_integer(eta) ? json_integer_value(eta) : -1;
	s->stuck = ctl_get(h, "stuck")[0] != '\0';
	if (s->stuck)		/* why comes before where: it may be cut off */
		snprintf(s->text, sizeof(s->text), "%s", ctl_get(h, "stuck"));
	else
		ctl_progress(h, s->text, sizeof(s->text));
}

/* Where the host is in the list, or has to be. */
static size_t
place_of(const struct watch *w, const char *name, bool *ret_found)
{
	size_t lo = 0, hi = w->n;

	*ret_found = false;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strcmp(w->host[mid]->name, name);

		if (c == 0) {
			*ret_found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
make_room(struct watch *w)
{
	size_t cap = w->cap == 0 ? 64 : 2 * w->cap;
	void *p;

	if (w->n < w->cap)
		return true;
	if ((p = realloc(w->host, cap * sizeof(*w->host))) == NULL)
		return false;
	w->host = p;
	if ((p = realloc(w->shown, cap * sizeof(*w->shown))) == NULL)
		return false;
	w->shown = p;
	w->cap = cap;
	return true;
}

static void
host_put(struct watch *w, const json_t *o)
{
	bool found;
	size_t i = place_of(w, ctl_get(o, "name"), &found);

	w->dirty = true;
	if (!found) {
		struct screen_host *s;

		if (!make_room(w) || (s = calloc(1, sizeof(*s))) == NULL)
			return;
		memmove(&w->host[i + 1], &w->host[i], (w->n - i) * sizeof(*w->host));
		w->host[i] = s;
		w->n++;
	}
	host_fill(w->host[i], o);
}

static void
host_gone(struct watch *w, const char *name)
{
	bool found;
	size_t i = place_of(w, name, &found);

	if (!found)
		return;
	free(w->host[i]);
	memmove(&w->host[i], &w->host[i + 1], (--w->n - i) * sizeof(*w->host));
	w->dirty = true;
}

static void
on_event(void *arg, const char *event, const json_t *data)
{
	struct watch *w = arg;

	if (strcmp(event, "host") == 0 && ctl_get(data, "name")[0] != '\0')
		host_put(w, data);
	else if (strcmp(event, "gone") == 0)
		host_gone(w, ctl_get(data, "name"));
	else if (strcmp(event, "reset") == 0)
		w->reset = true;
}

static void
forget_all(struct watch *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->host[i]);
	w->n = 0;
}

/* The list, anew.  Without a word where nobody answers. */
static int
read_list(struct watch *w)
{
	struct buf b = { 0 };
	json_t *o = NULL, *h;
	size_t i;
	int code = 0, r;

	r = ctl_call(w->opt->socket, "GET", "/v1/hosts", NULL, 0, &code, &b);
	if (r == 0 && (code != 200 || (o = json_loads(b.p, 0, NULL)) == NULL))
		r = -EBADMSG;
	buf_free(&b);
	if (r < 0)
		return r;
	forget_all(w);
	json_array_foreach(json_object_get(o, "hosts"), i, h)
		host_put(w, h);
	json_decref(o);
	w->reset = false;
	w->dirty = true;
	return 0;
}

/* Events first: what changes while the list comes is not missed. */
static int
connect_to(struct watch *w)
{
	int r = ctl_events_open(w->opt->socket, NULL, &w->events);

	if (r == 0 && (r = read_list(w)) < 0) {
		ctl_events_close(w->events);
		w->events = NULL;
	}
	w->title = r == 0 ? NULL : "no provd is running there; asking again";
	return r;
}

/* The terminal --------------------------------------------------------------------- */

static volatile sig_atomic_t signalled;		/* the one that ends it */

static void
on_signal(int sig)
{
	if (sig != SIGWINCH)
		signalled = sig;
}

static void
catch_signals(void)
{
	const struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGWINCH, &sa, NULL);		/* ends poll() */
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

static struct screen_form
form_now(void)
{
	struct screen_form f = { .width = 80, .height = 24 };
	const char *no = getenv("NO_COLOR");
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0 && ws.ws_row > 0) {
		f.width = ws.ws_col;
		f.height = ws.ws_row;
	}
	f.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	f.colour = no == NULL || *no == '\0';
	return f;
}

/* Each line over what stood there; in the end what is left below goes. */
static void
draw(struct watch *w, const struct screen_form *f, bool last)
{
	struct buf b = { 0 }, out = { 0 };

	for (size_t i = 0; i < w->n; i++)
		w->shown[i] = w->host[i];
	screen_make(f, w->shown, w->n, w->title, &b);
	buf_puts(&out, last ? "" : "\033[H");
	for (size_t i = 0; i < b.len; i++) {
		if (b.p[i] == '\n')
			buf_puts(&out, last ? "" : "\033[K\r");
		buf_putc(&out, b.p[i]);
	}
	buf_puts(&out, last ? "\n" : "\033[K\033[J");
	if (out.err == 0)
		fwrite(out.p, 1, out.len, stdout);
	fflush(stdout);
	buf_free(&b);
	buf_free(&out);
	w->dirty = false;
}

/* True: the person has had enough. */
static bool
key_pressed(void)
{
	char c = '\0';

	return read(STDIN_FILENO, &c, 1) == 1 ? c == 'q' || c == 'Q' || c == 3 : errno != EINTR;
}

static void
watch_loop(struct watch *w)
{
	struct screen_form was = { 0 }, now;
	int64_t drawn = -DRAW_MS, tried = clock_ms();

	while (signalled == 0) {
		struct pollfd fds[2] = {
			{ .fd = isatty(STDIN_FILENO) ? STDIN_FILENO : -1, .events = POLLIN },
			{ .fd = w->events != NULL ? ctl_events_fd(w->events) : -1, .events = POLLIN },
		};
		int64_t wait = w->dirty ? drawn + DRAW_MS - clock_ms() : LOOK_MS;

		now = form_now();
		if (now.width != was.width || now.height != was.height)
			wait = 0;
		(void)poll(fds, 2, wait < 0 ? 0 : (int)wait);
		if ((fds[0].revents & (POLLIN | POLLHUP)) != 0 && key_pressed())
			break;
		if (fds[1].revents != 0 && ctl_events_read(w->events, on_event, w) < 0) {
			ctl_events_close(w->events);
			w->events = NULL;
			w->title = "provd has gone; asking again";
			w->dirty = true;
		}
		if (w->reset)
			(void)read_list(w);
		if (w->events == NULL && clock_ms() - tried >= AGAIN_MS) {
			tried = clock_ms();
			if (connect_to(w) < 0)
				w->dirty = true;
		}
		now = form_now();
		if ((w->dirty && clock_ms() - drawn >= DRAW_MS) || now.width != was.width ||
		    now.height != was.height) {
			draw(w, &now, false);
			drawn = clock_ms();
			was = now;
		}
	}
}

static int
watch_screen(const struct ctl_opt *opt)
{
	struct watch w = { .opt = opt };
	struct termios was, raw;
	bool keys = tcgetattr(STDIN_FILENO, &was) == 0;
	struct screen_form f;
	int r;

	if ((r = connect_to(&w)) < 0)
		return ctl_no_server(opt, r);
	(void)setlocale(LC_CTYPE, "");
	catch_signals();
	if (keys) {
		raw = was;
		raw.c_lflag &= (tcflag_t)~(ICANON | ECHO);
		raw.c_cc[VSUSP] = _POSIX_VDISABLE;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs("\033[?1049h\033[?25l", stdout);	/* a screen of its own, no cursor */
	watch_loop(&w);
	fputs("\033[?25h\033[?1049l", stdout);
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &was);
	f = form_now();
	draw(&w, &f, true);
	ctl_events_close(w.events);
	forget_all(&w);
	free(w.host);
	free(w.shown);
	return DONE;
}

int
ctl_watch(const struct ctl_opt *opt, int n, char **arg)
{
	const char *term = getenv("TERM");

	(void)n;
	(void)arg;
	if (opt->json || !isatty(STDOUT_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
		return watch_lines(opt);
	return watch_screen(opt);
}
