/* test_handover.c - servers that never come to an end. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include <cmocka.h>

#include "../../handover/handover.h"
#include "../../handover/omapi_msg.h"

#define LOOPBACK	0x7f000001u

/* A server that says something every few milliseconds, and nothing that ends. */
struct talker {
	struct event_base *base;
	struct event	*listen, *tick;
	int		 fd, conn;
	unsigned	 begun, failed, done;
	bool		 endless;	/* whole messages that answer nothing; else pieces of one */
	char		 why[HANDOVER_WHY];
	struct buf	 say;
	size_t		 at;
};

static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct talker *s = arg;
	struct omapi_msg m = { .opcode = OMAPI_STATUS, .rid = 0xffffffff };
	const struct timeval often = { .tv_usec = 5000 };

	(void)what;
	if (s->conn != -1)
		close(s->conn);
	s->conn = accept((int)fd, NULL, NULL);
	assert_int_not_equal(s->conn, -1);
	s->begun++;
	s->at = 0;
	buf_free(&s->say);
	omapi_put_startup(&s->say);
	omapi_put(&s->say, &m, NULL);
	(void)event_add(s->tick, &often);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct talker *s = arg;
	size_t n = s->endless ? s->say.len - s->at : 1;

	(void)fd;
	(void)what;
	/* It stops before the last byte, or begins with the message again. */
	if (!s->endless && s->at + 1 >= s->say.len)
		return;
	if (send(s->conn, s->say.p + s->at, n, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		s->at = s->endless ? OMAPI_STARTUP : s->at + n;
}

static void
said(void *arg, const char *host, const char *target, bool done, const char *text)
{
	struct talker *s = arg;

	assert_string_equal(host, "web1");
	assert_non_null(strstr(target, "127.0.0.1"));
	s->done += done;
	s->failed += !done;
	snprintf(s->why, sizeof(s->why), "%s", text);
	event_base_loopbreak(s->base);
}

static void
talk(bool endless)
{
	static const struct handover_job job = { .name = "web1", .hostname = "web1",
	    .addr = LOOPBACK, .n_mac = 1, .mac = { { { 2, 0, 0, 0, 0, 1 } } } };
	struct talker s = { .conn = -1, .endless = endless };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(LOOPBACK) };
	socklen_t len = sizeof(sin);
	struct handover_param p = { .said = said, .arg = &s, .talk_ms = 200 };
	struct cfg_handover cfg = { .isc = { .server = LOOPBACK } };
	const struct timeval limit = { .tv_sec = 15 };
	char why[HANDOVER_WHY];
	struct handover *h;

	s.base = p.base = event_base_new();
	s.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(s.fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(s.fd, 5), 0);
	assert_int_equal(getsockname(s.fd, (struct sockaddr *)&sin, &len), 0);
	s.listen = event_new(s.base, s.fd, EV_READ | EV_PERSIST, on_accept, &s);
	s.tick = event_new(s.base, -1, EV_PERSIST, on_tick, &s);
	(void)event_add(s.listen, NULL);
	cfg.isc.port = ntohs(sin.sin_port);
	assert_int_equal(handover_new(&p, &h), 0);
	assert_int_equal(handover_configure(h, &cfg, why), 0);
	assert_int_equal(handover_push(h, 0, &job), 0);
	(void)event_base_loopexit(s.base, &limit);
	(void)event_base_dispatch(s.base);
	assert_int_equal(s.begun, 1);
	assert_int_equal(s.done, 0);
	assert_int_equal(s.failed, 1);
	assert_string_equal(s.why, "no end of its answers");
	handover_free(h);
	event_free(s.listen);
	event_free(s.tick);
	close(s.fd);
	close(s.conn);
	buf_free(&s.say);
	event_base_free(s.base);
}

static void
test_a_byte_now_and_then_is_no_answer(void **state)
{
	(void)state;
	talk(false);
}

static void
test_answers_to_nothing_without_end(void **state)
{
	(void)state;
	talk(true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_byte_now_and_then_is_no_answer),
		cmocka_unit_test(test_answers_to_nothing_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
