/* What a connection sends: bytes and pieces of files, cut anywhere by a socket
 * that is full, and files that change meanwhile. */
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <signal.h>

#include "../../nfs/rpc_out.h"
#include "file_tmp.h"

#define ENDLESS		SIZE_MAX

/* How many bytes the socket takes, counted here: a real one does not stop at
 * every byte. */
static size_t room;
static size_t disk;	/* how many bytes are in memory, for FreeBSD's sendfile(2) */
static unsigned n_sendfile;

static size_t
take(size_t len)
{
	size_t n = len < room ? len : room;

	if (room != ENDLESS)
		room -= n;
	return n;
}

ssize_t
send(int fd, const void *buf, size_t len, int flags)
{
	size_t n = take(len);

	errno = EAGAIN;
	return n == 0 ? -1 : syscall(SYS_sendto, fd, buf, n, flags, NULL, 0);
}

ssize_t
sendfile(int out, int in, off_t *off, size_t count)
{
	size_t n = take(count);
	ssize_t r;

	n_sendfile++;
	if (n > disk && disk != ENDLESS) {
		room += room != ENDLESS ? n - disk : 0;
		n = disk;
		errno = EBUSY;
	} else
		errno = EAGAIN;
	if (n == 0)
		return -1;
	disk -= disk != ENDLESS ? n : 0;
	r = syscall(SYS_sendfile, out, in, off, n);
	if (r >= 0 && (size_t)r < n && room != ENDLESS)
		room += n - (size_t)r;
	return r;
}

struct out_test {
	struct file_tmp	 t;
	struct out_queue q;
	int		 peer;
	uint8_t		 want[2 * FT_SIZE], got[2 * FT_SIZE];
	size_t		 n_want, n_got;
};

static void
begin(struct out_test *o)
{
	int fd[2], size = 4 << 20;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	(void)setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	out_init(&o->q, fd[0]);
	o->peer = fd[1];
	o->n_want = o->n_got = 0;
	n_sendfile = 0;
}

static void
end(struct out_test *o)
{
	out_drop(&o->q);
	assert_int_equal(o->q.held, 0);
	assert_int_equal(o->q.segs, 0);
	(void)close(o->q.sock);
	(void)close(o->peer);
}

static int
setup(void **state)
{
	struct out_test *o = calloc(1, sizeof(*o));

	assert_non_null(o);
	ft_new(&o->t, 8);
	begin(o);
	room = disk = ENDLESS;
	*state = o;
	return 0;
}

static int
teardown(void **state)
{
	struct out_test *o = *state;

	end(o);
	ft_free(&o->t);
	free(o);
	return 0;
}

static int
put_bytes(struct out_test *o, const char *text, bool more)
{
	memcpy(o->want + o->n_want, text, strlen(text));
	o->n_want += strlen(text);
	return out_bytes(&o->q, text, strlen(text), more);
}

static int
put_memory(struct out_test *o, const char *text)
{
	uint8_t *buf = malloc(1000);
	size_t len = strlen(text);
	int r;

	memcpy(buf, text, len);
	memcpy(o->want + o->n_want, text, len);
	o->n_want += len;
	r = out_memory(&o->q, &buf, len, 1000, false);
	free(buf);
	return r;
}

static int
put_seg(struct out_test *o, uint64_t off, uint32_t len)
{
	struct file_seg s = { .file = file_ref(o->t.file), .off = off, .len = len };

	memcpy(o->want + o->n_want, o->t.data + off, len);
	o->n_want += len;
	for (; len % 4 != 0; len++)
		o->want[o->n_want++] = 0;
	return out_seg(&o->q, &s);
}

static void
receive(struct out_test *o)
{
	ssize_t n;

	while ((n = recv(o->peer, o->got + o->n_got, sizeof(o->got) - o->n_got,
	    0)) > 0)
		o->n_got += (size_t)n;
}

static void
all_came(struct out_test *o)
{
	receive(o);
	assert_null(o->q.head);
	assert_int_equal(o->n_got, o->n_want);
	assert_memory_equal(o->got, o->want, o->n_want);
}

/* A flush until nothing waits; a disk thread's part is done at once. */
static void
flush_all(struct out_test *o)
{
	struct file_seg s;
	uint8_t *buf;
	int r;

	for (int i = 0; o->q.head != NULL; i++) {
		assert_true(i < 100);
		r = out_flush(&o->q, o->t.files);
		receive(o);
		if (r == 0)
			continue;
		assert_int_equal(r, OUT_COLD);
		s = out_cold(&o->q);
		assert_non_null(buf = malloc(s.len));
		assert_int_equal(file_seg_read(&s, buf, false), 0);
		assert_int_equal(out_fill(&o->q, buf), 0);
	}
}

static void
put_reply(struct out_test *o, uint64_t off, uint32_t len)
{
	assert_int_equal(put_bytes(o, "a header of a reply", true), 0);
	assert_int_equal(put_seg(o, off, len), 0);
}

static void
put_all(struct out_test *o)
{
	put_reply(o, 4000, 333);
	assert_int_equal(put_memory(o, "a reply of a disk thread"), 0);
	put_reply(o, 9, 1);
	assert_int_equal(put_bytes(o, "short", false), 0);
	put_reply(o, 0, 4);
}

static void
test_at_once(void **state)
{
	struct out_test *o = *state;

	put_all(o);
	assert_int_equal(n_sendfile, 3);
	all_came(o);
}

/* Whatever place the socket becomes full at; the rest by sendfile(2) or as a
 * copy; in one go or byte by byte. */
static void
test_cut_at_every_byte(void **state)
{
	struct out_test *o = *state;
	size_t total;

	put_all(o);
	total = o->n_want;
	for (size_t cut = 0; cut <= total; cut++) {
		for (int known = 0; known < 2; known++) {
			end(o);
			begin(o);
			if (known)
				files_saw(o->t.files, o->t.file, 0, FT_SIZE);
			room = cut;
			put_all(o);
			receive(o);
			assert_int_equal(o->n_got, cut);
			assert_true(cut == total || o->q.head != NULL);
			room = ENDLESS;
			flush_all(o);
			all_came(o);
		}
	}
	end(o);
	begin(o);
	room = 0;
	put_all(o);
	assert_int_equal(o->q.segs, 3);
	for (size_t i = 0; i < total; i++) {
		room = 1;
		assert_int_equal(out_flush(&o->q, o->t.files), 0);
		receive(o);
		assert_int_equal(o->n_got, i + 1);
	}
	all_came(o);
}

static void
test_large_pieces_take_little_memory(void **state)
{
	struct out_test *o = *state;
	size_t most = 0;

	room = 0;
	put_reply(o, 0, FT_SIZE);
	assert_true(o->q.held < 1000);
	for (int i = 0; i < 4000 && o->q.head != NULL; i++) {
		room = 1000;
		assert_int_equal(out_flush(&o->q, o->t.files), 0);
		if (o->q.held > most)
			most = o->q.held;
		receive(o);
	}
	all_came(o);
	if (ft_in_memory(&o->t, 0) && n_sendfile == 0)
		assert_in_range(most, 60000, 70000);
	else
		assert_true(most < 70000);
}

static void
test_what_is_known_is_not_copied_later_either(void **state)
{
	struct out_test *o = *state;

	if (!ft_in_memory(&o->t, 0))
		skip();
	room = 0;
	put_reply(o, 0, 100000);
	files_saw(o->t.files, o->t.file, 0, 100000);
	room = ENDLESS;
	n_sendfile = 0;
	assert_int_equal(out_flush(&o->q, o->t.files), 0);
	assert_int_equal(n_sendfile, 2);
	all_came(o);
}

/* Its memory was taken away while it waited. */
static void
test_evicted_while_it_waits(void **state)
{
	struct out_test *o = *state;

	room = 0;
	put_reply(o, 0, 100001);
	put_reply(o, 70000, 50000);
	if (!ft_evict(&o->t))
		skip();
	room = ENDLESS;
	n_sendfile = 0;
	assert_int_equal(out_flush(&o->q, o->t.files), OUT_COLD);
	assert_int_equal(n_sendfile, 0);
	assert_int_equal(out_flush(&o->q, o->t.files), OUT_COLD);
	flush_all(o);
	all_came(o);
}

/* FreeBSD's sendfile(2) says EBUSY where it would have to wait. */
static void
test_evicted_in_the_middle(void **state)
{
	static const size_t at[] = { 0, 1, 4096, 65535, 65536, 65537, 100000 };
	struct out_test *o = *state;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		for (int later = 0; later < 2; later++) {
			disk = later ? ENDLESS : at[i];
			room = later ? 500 : ENDLESS;
			put_reply(o, 3, 100001);
			files_saw(o->t.files, o->t.file, 0, FT_SIZE);
			disk = at[i];
			room = ENDLESS;
			flush_all(o);
			all_came(o);
			end(o);
			begin(o);
		}
	}
}

/* The reply has said how long it would be. */
static void
test_a_file_that_is_cut_while_it_waits(void **state)
{
	struct out_test *o = *state;
	struct file_seg cold;
	int r;

	for (int known = 0; known < 2; known++) {
		room = 100 + 19;
		put_reply(o, 0, 50000);
		if (known)
			files_saw(o->t.files, o->t.file, 0, 50000);
		assert_int_equal(ftruncate(o->t.fd, known ? 60 : 40000), 0);
		room = ENDLESS;
		r = out_flush(&o->q, o->t.files);
		if (r == OUT_COLD) {	/* behind the end nothing is in memory */
			cold = out_cold(&o->q);
			r = file_seg_read(&cold, o->got, false);
		}
		assert_int_equal(r, -EIO);
		end(o);
		begin(o);
	}
	/* and when it is cut just before it is sent */
	assert_int_equal(put_bytes(o, "head", true), 0);
	assert_int_equal(put_seg(o, 10, 100), -EIO);
	assert_null(o->q.head);
}

static void
test_an_image_that_is_written_over_while_it_waits(void **state)
{
	struct out_test *o = *state;

	files_sweep(o->t.files, true);
	file_unref(o->t.file);
	o->t.file = ft_keep(o->t.files, o->t.path, true);
	room = 100;
	put_reply(o, 0, 50000);
	assert_int_equal(ftruncate(o->t.fd, FT_SIZE + 5), 0);
	room = ENDLESS;
	assert_int_equal(out_flush(&o->q, o->t.files), -ESTALE);
}

/* The very file that was looked at is sent, whatever its name means now. */
static void
test_a_file_that_is_replaced_or_removed_while_it_waits(void **state)
{
	struct out_test *o = *state;

	room = 30;
	put_reply(o, 0, 50000);
	assert_int_equal(unlink(o->t.path), 0);
	files_sweep(o->t.files, true);
	room = ENDLESS;
	flush_all(o);
	all_came(o);
}

static void
test_descriptors_are_closed_with_the_queue(void **state)
{
	struct out_test *o = *state;
	int fd = file_fd(o->t.file);

	room = 0;
	put_reply(o, 0, 1000);
	files_sweep(o->t.files, true);
	file_unref(o->t.file);
	o->t.file = NULL;
	assert_int_not_equal(fcntl(fd, F_GETFD), -1);
	out_drop(&o->q);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(o->q.held, 0);
}

static void
test_a_peer_that_left(void **state)
{
	struct out_test *o = *state;

	(void)close(o->peer);
	assert_int_equal(put_bytes(o, "head", true), -EPIPE);
	assert_int_equal(put_seg(o, 10, 100), -EPIPE);
	assert_null(o->q.head);
	o->peer = -1;
}

#define OUT_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OUT_TEST(test_at_once),
		OUT_TEST(test_cut_at_every_byte),
		OUT_TEST(test_large_pieces_take_little_memory),
		OUT_TEST(test_what_is_known_is_not_copied_later_either),
		OUT_TEST(test_evicted_while_it_waits),
		OUT_TEST(test_evicted_in_the_middle),
		OUT_TEST(test_a_file_that_is_cut_while_it_waits),
		OUT_TEST(test_an_image_that_is_written_over_while_it_waits),
		OUT_TEST(test_a_file_that_is_replaced_or_removed_while_it_waits),
		OUT_TEST(test_descriptors_are_closed_with_the_queue),
		OUT_TEST(test_a_peer_that_left),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
