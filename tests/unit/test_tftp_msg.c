/* test_tftp_msg.c - TFTP messages (RFC 1350, 2347, 2348, 2349, 7440). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "../../tftpd/tftp_msg.h"
#include "../../tftpd/tftp_refuse.h"

/* A literal's own NUL is the last byte of the message. */
#define PARSE(lit, m)	tftp_msg_parse((lit), sizeof(lit), (m))

/* As OVMF of Debian 12 sent it. */
static const char edk2[] = "\0\1boot/loader.efi\0octet\0tsize\0" "0\0"
    "blksize\0" "1468\0" "windowsize\0" "4";
/* As QEMU's iPXE ROM sent it. */
static const char ipxe[] = "\0\1boot/pxeboot\0octet\0blksize\0" "1432\0"
    "tsize\0" "0";

static void
test_reads_what_edk2_asks(void **state)
{
	struct tftp_msg m;

	(void)state;
	assert_int_equal(PARSE(edk2, &m), 0);
	assert_int_equal(m.op, TFTP_RRQ);
	assert_string_equal(m.file, "boot/loader.efi");
	assert_int_equal(m.mode, TFTP_OCTET);
	assert_int_equal(m.opt.has, TFTP_HAS_TSIZE | TFTP_HAS_BLKSIZE |
	    TFTP_HAS_WINDOWSIZE);
	assert_int_equal(m.opt.blksize, 1468);
	assert_int_equal(m.opt.windowsize, 4);
	assert_int_equal(m.opt.tsize, 0);
}

static void
test_reads_what_ipxe_asks(void **state)
{
	struct tftp_msg m;

	(void)state;
	assert_int_equal(PARSE(ipxe, &m), 0);
	assert_string_equal(m.file, "boot/pxeboot");
	assert_int_equal(m.opt.has, TFTP_HAS_TSIZE | TFTP_HAS_BLKSIZE);
	assert_int_equal(m.opt.blksize, 1432);
}

/* RFC 1350 section 2: "any combination of upper and lower case"; RFC 2347:
 * so are option names. */
static void
test_ignores_case_of_mode_and_options(void **state)
{
	struct tftp_msg m;

	(void)state;
	assert_int_equal(PARSE("\0\1f\0NetASCII\0BlkSize\0" "1024", &m), 0);
	assert_int_equal(m.mode, TFTP_NETASCII);
	assert_int_equal(m.opt.blksize, 1024);
	assert_int_equal(PARSE("\0\1f\0OCTET", &m), 0);
	assert_int_equal(m.mode, TFTP_OCTET);
	assert_int_equal(PARSE("\0\1f\0mail", &m), 0);
	assert_int_equal(m.mode, TFTP_OTHER_MODE);
}

/* RFC 2348: 8 to 65464; RFC 2349: 1 to 255 s; RFC 7440: 1 to 65535. */
static void
test_takes_only_values_that_the_rfcs_allow(void **state)
{
	static const struct {
		const char	*name, *value;
		unsigned	 has;
		uint64_t	 number;
	} t[] = {
		{ "blksize", "7", 0, 0 },
		{ "blksize", "8", TFTP_HAS_BLKSIZE, 8 },
		{ "blksize", "65464", TFTP_HAS_BLKSIZE, 65464 },
		{ "blksize", "65535", TFTP_HAS_BLKSIZE, 65464 },
		{ "blksize", "66048", TFTP_HAS_BLKSIZE, 65464 },
		{ "blksize", "-512", 0, 0 },
		{ "blksize", "+512", 0, 0 },
		{ "blksize", " 512", 0, 0 },
		{ "blksize", "512 ", 0, 0 },
		{ "blksize", "0x200", 0, 0 },
		{ "blksize", "", 0, 0 },
		{ "blksize", "18446744073709552128", 0, 0 },
		{ "timeout", "0", 0, 0 },
		{ "timeout", "1", TFTP_HAS_TIMEOUT, 1 },
		{ "timeout", "255", TFTP_HAS_TIMEOUT, 255 },
		{ "timeout", "256", 0, 0 },
		{ "windowsize", "0", 0, 0 },
		{ "windowsize", "65535", TFTP_HAS_WINDOWSIZE, 65535 },
		{ "windowsize", "65536", TFTP_HAS_WINDOWSIZE, 65535 },
		{ "tsize", "9223372036854775807", TFTP_HAS_TSIZE, INT64_MAX },
		{ "tsize", "9223372036854775808", 0, 0 },
		{ "multicast", "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char pkt[100];
		size_t n = 0, len;
		struct tftp_msg m;
		const char *part[] = { "f", "octet", t[i].name, t[i].value };

		pkt[n++] = 0;
		pkt[n++] = 1;
		for (size_t k = 0; k < 4; k++) {
			len = strlen(part[k]) + 1;
			memcpy(pkt + n, part[k], len);
			n += len;
		}
		assert_int_equal(tftp_msg_parse(pkt, n, &m), 0);
		assert_int_equal(m.opt.has, t[i].has);
		assert_int_equal((uint64_t)m.opt.blksize + m.opt.timeout +
		    m.opt.windowsize + m.opt.tsize, t[i].number);
	}
}

/* RFC 2347: "an option may only be specified once". */
static void
test_first_of_a_repeated_option_counts(void **state)
{
	struct tftp_msg m;

	(void)state;
	assert_int_equal(PARSE("\0\1f\0octet\0blksize\0" "1024\0blksize\0" "9", &m), 0);
	assert_int_equal(m.opt.blksize, 1024);
}

/* Firmware sends requests in fixed buffers. */
static void
test_ignores_rubbish_behind_the_options(void **state)
{
	static const char *const ok[] = {
		"\0\1f\0octet\0blksize\0" "1024\0\0\0\0\0\0\0",
		"\0\1f\0octet\0blksize\0" "1024\0\xff\xff\xff\xff\xff\xff",
		"\0\1f\0octet\0blksize\0" "1024\0tsize\0" "123",
	};
	struct tftp_msg m;

	(void)state;
	for (size_t i = 0; i < sizeof(ok) / sizeof(ok[0]); i++) {
		/* Without the last NUL: the last option has no end. */
		assert_int_equal(tftp_msg_parse(ok[i], 29, &m), 0);
		assert_int_equal(m.opt.has, TFTP_HAS_BLKSIZE);
		assert_int_equal(m.opt.blksize, 1024);
	}
}

static void
test_refuses_what_is_no_message(void **state)
{
	struct tftp_msg m;

	(void)state;
	assert_int_equal(tftp_msg_parse("", 0, &m), -EBADMSG);
	assert_int_equal(tftp_msg_parse("\0", 1, &m), -EBADMSG);
	assert_int_equal(tftp_msg_parse("\0\0", 2, &m), -EBADMSG);
	assert_int_equal(tftp_msg_parse("\0\7xx", 4, &m), -EBADMSG);
	assert_int_equal(tftp_msg_parse("\1\1f\0octet", 9, &m), -EBADMSG);
	assert_int_equal(tftp_msg_parse("\0\4\0", 3, &m), -EBADMSG);
	assert_int_equal(tftp_msg_parse("\0\3\0", 3, &m), -EBADMSG);
	assert_int_equal(tftp_msg_parse("\0\5\0", 3, &m), -EBADMSG);
}

/* A broken request can be answered, so its kind is told. */
static void
test_tells_the_kind_of_a_broken_request(void **state)
{
	struct tftp_msg m;

	(void)state;
	assert_int_equal(tftp_msg_parse("\0\1name", 6, &m), -EBADMSG);
	assert_int_equal(m.op, TFTP_RRQ);
	assert_null(m.file);
	assert_int_equal(tftp_msg_parse("\0\2name\0octe", 11, &m), -EBADMSG);
	assert_int_equal(m.op, TFTP_WRQ);
	assert_null(m.file);
}

static void
test_reads_an_error_with_or_without_its_end(void **state)
{
	struct tftp_msg m;

	(void)state;
	assert_int_equal(PARSE("\0\5\0\10User aborted the transfer", &m), 0);
	assert_int_equal(m.code, TFTP_EOPTNEG);
	assert_int_equal(m.text_len, 25);
	assert_memory_equal(m.text, "User aborted", 12);
	assert_int_equal(tftp_msg_parse("\0\5\0\3full", 8, &m), 0);
	assert_int_equal(m.code, TFTP_EFULL);
	assert_int_equal(m.text_len, 4);
	assert_int_equal(tftp_msg_parse("\0\5\0\0", 4, &m), 0);
	assert_int_equal(m.text_len, 0);
}

static void
same_bytes(const struct tftp_msg *m, const void *want, size_t n)
{
	uint8_t buf[128];
	size_t len;

	assert_int_equal(tftp_msg_build(m, buf, sizeof(buf), &len), 0);
	assert_int_equal(len, n);
	assert_memory_equal(buf, want, n);
	/* One byte less than it needs is an error, not a short message. */
	for (size_t cap = 0; cap < n; cap++)
		assert_int_equal(tftp_msg_build(m, buf, cap, &len), -ENOBUFS);
}

static void
test_builds_every_message(void **state)
{
	const uint8_t body[] = { 1, 2, 3 };
	struct tftp_msg m = { .op = TFTP_ACK, .block = 0xfffe };

	(void)state;
	same_bytes(&m, "\0\4\xff\xfe", 4);
	m = (struct tftp_msg){ .op = TFTP_DATA, .block = 1, .data = body,
	    .data_len = 3 };
	same_bytes(&m, "\0\3\0\1\1\2\3", 7);
	m = (struct tftp_msg){ .op = TFTP_ERROR, .code = 2, .text = "no",
	    .text_len = 2 };
	same_bytes(&m, "\0\5\0\2no", 7);
	m = (struct tftp_msg){ .op = TFTP_RRQ, .file = "f",
	    .mode = TFTP_NETASCII, .opt = { .has = TFTP_HAS_TIMEOUT,
	    .timeout = 3 } };
	same_bytes(&m, "\0\1f\0netascii\0timeout\0" "3", 23);
	m = (struct tftp_msg){ .op = TFTP_OACK, .opt = {
	    .has = TFTP_HAS_BLKSIZE | TFTP_HAS_TSIZE | TFTP_HAS_WINDOWSIZE,
	    .blksize = 1468, .tsize = 5000000000, .windowsize = 4 } };
	same_bytes(&m, "\0\6blksize\0" "1468\0tsize\0" "5000000000\0"
	    "windowsize\0" "4", 45);
	m.op = 7;
	assert_int_equal(tftp_msg_build(&m, (uint8_t[8]){ 0 }, 8,
	    &(size_t){ 0 }), -EBADMSG);
}

/* Every truncation is an error or a shorter message, never a fault.  The copy
 * is exact, so that the sanitizer sees one byte too far. */
static void
test_survives_every_truncation(void **state)
{
	static const struct { const char *p; size_t n; } pkt[] = {
		{ edk2, sizeof(edk2) }, { ipxe, sizeof(ipxe) },
		{ "\0\2up\0netascii\0timeout\0" "5", 23 },
		{ "\0\3\0\1data", 8 }, { "\0\4\0\1", 4 },
		{ "\0\5\0\1gone", 9 }, { "\0\6tsize\0" "12", 11 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pkt) / sizeof(pkt[0]); i++)
		for (size_t n = 0; n <= pkt[i].n; n++) {
			char *exact = malloc(n ? n : 1);
			struct tftp_msg m;
			int r;

			assert_non_null(exact);
			memcpy(exact, pkt[i].p, n);
			r = tftp_msg_parse(exact, n, &m);
			assert_true(n < pkt[i].n || r == 0);
			assert_true(n >= 2 || r < 0);
			free(exact);
		}
}

static void
test_refuses_writes_and_unknown_modes(void **state)
{
	struct tftp_msg m = { .op = TFTP_WRQ, .file = "f" };
	struct tftp_refusal no;

	(void)state;
	assert_false(tftp_acceptable(&m, &no));
	assert_int_equal(no.code, TFTP_EACCESS);
	assert_non_null(strstr(no.text, "read-only"));
	m.op = TFTP_RRQ;
	m.mode = TFTP_OTHER_MODE;
	assert_false(tftp_acceptable(&m, &no));
	assert_int_equal(no.code, TFTP_EBADOP);
	m.mode = TFTP_NETASCII;
	assert_true(tftp_acceptable(&m, &no));
}

static void
test_names_the_cause_of_a_refusal(void **state)
{
	(void)state;
	assert_int_equal(tftp_refusal_of(-ENOENT).code, TFTP_ENOTFOUND);
	assert_int_equal(tftp_refusal_of(-EACCES).code, TFTP_EACCESS);
	assert_non_null(strstr(tftp_refusal_of(-EISDIR).text, "directory"));
	assert_non_null(strstr(tftp_refusal_of(-ERANGE).text, "shorter"));
	assert_int_equal(tftp_refusal_of(-EIO).code, TFTP_EUNDEF);
}

static void
test_knows_names_that_are_only_tried(void **state)
{
	(void)state;
	assert_true(tftp_expected_miss("revocations.efi"));
	assert_true(tftp_expected_miss("EFI/BOOT/revocations.efi"));
	assert_true(tftp_expected_miss(
	    ".provd/0123/pxelinux.cfg/01-52-54-00-12-34-56"));
	/* as shim 15.8 was seen to ask (rhboot/shim issue 649) */
	assert_true(tftp_expected_miss("oader/revocations.efi"));
	assert_true(tftp_expected_miss("shim_certificate.efi"));
	assert_true(tftp_expected_miss("/grub/x86_64-efi/command.lst"));
	assert_true(tftp_expected_miss("grub/grub.cfg-01-52-54-00-12-34-56"));
	assert_true(tftp_expected_miss("0123abcd/start4.elf"));
	/* U-Boot 2023.01, on its way to UEFI */
	assert_true(tftp_expected_miss("boot.scr.uimg"));
	assert_true(tftp_expected_miss("dtb/"));
	assert_true(tftp_expected_miss("dtb/qemu-virt.dtb"));
	assert_true(tftp_expected_miss(".provd/local/grubx64.efi"));
	assert_false(tftp_expected_miss("0123abcd.img"));
	assert_false(tftp_expected_miss("grub/grub.cfg"));
	assert_false(tftp_expected_miss("grubx64.efi"));
	assert_false(tftp_expected_miss("pxelinux.cfg/default"));
	assert_false(tftp_expected_miss("pxelinux.0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_edk2_asks),
		cmocka_unit_test(test_reads_what_ipxe_asks),
		cmocka_unit_test(test_ignores_case_of_mode_and_options),
		cmocka_unit_test(test_takes_only_values_that_the_rfcs_allow),
		cmocka_unit_test(test_first_of_a_repeated_option_counts),
		cmocka_unit_test(test_ignores_rubbish_behind_the_options),
		cmocka_unit_test(test_refuses_what_is_no_message),
		cmocka_unit_test(test_tells_the_kind_of_a_broken_request),
		cmocka_unit_test(test_reads_an_error_with_or_without_its_end),
		cmocka_unit_test(test_builds_every_message),
		cmocka_unit_test(test_survives_every_truncation),
		cmocka_unit_test(test_refuses_writes_and_unknown_modes),
		cmocka_unit_test(test_names_the_cause_of_a_refusal),
		cmocka_unit_test(test_knows_names_that_are_only_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
