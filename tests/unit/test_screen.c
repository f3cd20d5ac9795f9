/* test_screen.c - lines of provctl watch on terminals of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../../provd/screen.h"

static struct screen_host
host(const char *name, const char *state, int progress, const char *text)
{
	struct screen_host h = { .progress = progress, .eta = -1 };

	snprintf(h.name, sizeof(h.name), "%s", name);
	snprintf(h.state, sizeof(h.state), "%s", state);
	snprintf(h.text, sizeof(h.text), "%s", text);
	return h;
}

static char *
made(struct screen_form f, struct screen_host *h, size_t n)
{
	const struct screen_host **p = calloc(n + 1, sizeof(*p));
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		p[i] = &h[i];
	screen_make(&f, p, n, NULL, &b);
	free(p);
	assert_int_equal(b.err, 0);
	return buf_steal(&b, NULL);
}

static unsigned
lines(const char *s)
{
	unsigned n = 1;

	for (; *s != '\0'; s++)
		n += *s == '\n';
	return n;
}

static size_t
columns(const char *s, size_t len)
{
	wchar_t w[2000];
	char copy[2000];
	size_t n;

	snprintf(copy, sizeof(copy), "%.*s", (int)len, s);
	n = mbstowcs(w, copy, 2000);
	assert_true(n < 2000);
	return (size_t)wcswidth(w, n);
}

static void
what_wants_to_be_looked_at_comes_first(void **state)
{
	struct screen_host h[] = {
		host("a", "local", -1, ""), host("b", "installing", 10, "step 1/9"),
		host("c", "installing", 90, "step 8/9"), host("d", "failed", -1, "step 2: no disk"),
		host("e", "booting", 5, "kernel"),
	};
	char *s;

	(void)state;
	h[4].stuck = true;
	s = made((struct screen_form){ 80, 25, false, false }, h, 5);
	assert_string_equal(s,
	    "provd: 1 failed, 2 installing, 1 booting, 1 local; 1 stuck\n"
	    "d                failed     step 2: no disk\n"
	    "e                booting    [..............]   5%         kernel\n"
	    "c                installing [############..]  90%         step 8/9\n"
	    "b                installing [#.............]  10%         step 1/9\n"
	    "a                local      ");
	free(s);
}

static void
more_hosts_than_lines_are_counted(void **state)
{
	struct screen_host h[500];
	char *s;

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		char name[16];

		snprintf(name, sizeof(name), "h%03u", i);
		h[i] = host(name, i < 3 ? "failed" : i < 200 ? "local" : "ready", -1, "x");
	}
	for (unsigned height = 2; height < 60; height++) {
		s = made((struct screen_form){ 80, height, true, true }, h, 500);
		assert_int_equal(lines(s), height);
		free(s);
	}
	s = made((struct screen_form){ 80, 5, false, false }, h, 500);
	assert_non_null(strstr(s, "\nh002 "));
	assert_non_null(strstr(s, "\nand 497 more: 197 local, 300 ready"));
	free(s);
	s = made((struct screen_form){ 80, 4, false, false }, h, 3);
	assert_null(strstr(s, "more"));
	free(s);
}

static void
no_line_is_wider_than_the_terminal(void **state)
{
	struct screen_host h = host("a-very-long-name-for-a-host-indeed", "installing", 33,
	    "Größe 日本語 ünïcode step 4/12 distributions usr/freebsd-dist/base.txz 45% and more");

	(void)state;
	h.eta = 5000;
	for (int utf8 = 0; utf8 < 2; utf8++)
		for (unsigned width = 20; width < 200; width++) {
			char *s = made((struct screen_form){ width, 10, utf8, false }, &h, 1), *p = s;

			for (; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
				assert_true(columns(p, strcspn(p, "\n")) <= width);
			for (p = s; !utf8 && *p != '\0'; p++)
				assert_true((unsigned char)*p < 0x80);
			free(s);
		}
}

static void
what_a_machine_sent_does_not_steer_the_terminal(void **state)
{
	struct screen_host h = host("a", "failed", -1, "\033[2J\r\a\x9b" "31m\n\tx\177");
	char *s = made((struct screen_form){ 80, 10, true, false }, &h, 1);

	(void)state;
	for (const char *p = s; *p != '\0'; p++)
		assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
	assert_int_equal(lines(s), 2);
	free(s);
}

static void
text_is_cut_where_it_shows(void **state)
{
	const struct screen_form ascii = { 80, 25, false, false }, utf8 = { 80, 25, true, false };
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(screen_text(&utf8, "日本語", 5, &b), 5);
	assert_string_equal(b.p, "日本…");
	buf_free(&b);
	assert_int_equal(screen_text(&utf8, "日本語", 4, &b), 3);
	assert_string_equal(b.p, "日…");
	buf_free(&b);
	assert_int_equal(screen_text(&utf8, "日本語", 6, &b), 6);
	buf_free(&b);
	assert_int_equal(screen_text(&ascii, "日本語 x", 20, &b), 5);
	assert_string_equal(b.p, "??? x");
	buf_free(&b);
	assert_int_equal(screen_text(&ascii, "abcdefgh", 6, &b), 6);
	assert_string_equal(b.p, "abc...");
	buf_free(&b);
}

static void
colours_only_where_they_are_wanted(void **state)
{
	struct screen_host h = host("a", "failed", -1, "x");
	char *s = made((struct screen_form){ 80, 10, true, false }, &h, 1);

	(void)state;
	assert_null(strchr(s, '\033'));
	free(s);
	s = made((struct screen_form){ 80, 10, true, true }, &h, 1);
	assert_non_null(strstr(s, "\033[31mfailed\033[0m"));
	free(s);
}

static void
times_are_short(void **state)
{
	static const struct { long long s; const char *text; } t[] = {
		{ -1, "" }, { 0, "0s" }, { 99, "99s" }, { 100, "2m" }, { 750, "13m" },
		{ 5999, "100m" }, { 6000, "1h40m" }, { 359999, "99h59m" }, { 360000, "" },
	};
	char text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		screen_eta(t[i].s, text);
		assert_string_equal(text, t[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_wants_to_be_looked_at_comes_first),
		cmocka_unit_test(more_hosts_than_lines_are_counted),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(what_a_machine_sent_does_not_steer_the_terminal),
		cmocka_unit_test(text_is_cut_where_it_shows),
		cmocka_unit_test(colours_only_where_they_are_wanted),
		cmocka_unit_test(times_are_short),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL && setlocale(LC_CTYPE, "en_US.UTF-8") == NULL)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
