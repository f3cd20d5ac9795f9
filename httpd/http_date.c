/* http_date.c - dates as HTTP writes them.  RFC 9110 5.6.7. */
#include <string.h>

#include "http_msg.h"

#define DAY	86400

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char days[] = "ThuFriSatSunMonTueWed";	/* of 1 January 1970 on */

/* Days since 1970 of a day in the Gregorian calendar, whose year begins in
 * March here so that a leap day is its last. */
static int64_t
days_of(int64_t y, int64_t m, int64_t d)
{
	int64_t era, of_era, of_year;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	of_era = y - era * 400;
	of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
	    719468;
}

static void
put2(char *p, int64_t v)
{
	p[0] = (char)('0' + v / 10 % 10);
	p[1] = (char)('0' + v % 10);
}

void
http_date(int64_t s, char ret[HTTP_DATE_LEN])
{
	int64_t day, y = 1970, m = 1, left;

	if (s < 0)
		s = 0;
	if (s > (int64_t)253402300799)		/* the end of the year 9999 */
		s = 253402300799;
	day = s / DAY;
	left = s % DAY;
	y += day / 366;				/* never too late */
	while (days_of(y + 1, 1, 1) <= day)
		y++;
	while (m < 12 && days_of(y, m + 1, 1) <= day)
		m++;
	memcpy(ret, "Thu, 01 Jan 1970 00:00:00 GMT", HTTP_DATE_LEN);
	memcpy(ret, days + day % 7 * 3, 3);
	put2(ret + 5, day - days_of(y, m, 1) + 1);
	memcpy(ret + 8, months + (m - 1) * 3, 3);
	put2(ret + 12, y / 100);
	put2(ret + 14, y % 100);
	put2(ret + 17, left / 3600);
	put2(ret + 20, left / 60 % 60);
	put2(ret + 23, left % 60);
}

/* Reading ------------------------------------------------------------------ */

struct in { const char *p, *end; bool bad; };

static void
skip(struct in *t, const char *word)
{
	size_t n = strlen(word);

	if (t->bad || (size_t)(t->end - t->p) < n || memcmp(t->p, word, n) != 0)
		t->bad = true;
	else
		t->p += n;
}

static int64_t
digits(struct in *t, int n)
{
	int64_t v = 0;

	for (; n > 0 && !t->bad; n--) {
		if (t->p == t->end || *t->p < '0' || *t->p > '9')
			t->bad = true;
		else
			v = v * 10 + (*t->p++ - '0');
	}
	return v;
}

static int64_t
month(struct in *t)
{
	if (!t->bad && t->end - t->p >= 3)
		for (int i = 0; i < 12; i++)
			if (memcmp(t->p, months + (ptrdiff_t)i * 3, 3) == 0) {
				t->p += 3;
				return i + 1;
			}
	t->bad = true;
	return 1;
}

static int64_t
clock_of(struct in *t)
{
	int64_t h = digits(t, 2), m, s;

	skip(t, ":");
	m = digits(t, 2);
	skip(t, ":");
	s = digits(t, 2);
	if (h > 23 || m > 59 || s > 60)
		t->bad = true;
	return h * 3600 + m * 60 + s;
}

/* The year of two digits is taken as that of the century that makes sense for
 * the times of files. */
static int64_t
year2(struct in *t)
{
	int64_t y = digits(t, 2);

	return y < 70 ? 2000 + y : 1900 + y;
}

bool
http_date_parse(const char *p, size_t len, int64_t *ret)
{
	struct in t = { p, p + len, false };
	int64_t y, m, d, s;
	const char *comma = memchr(p, ',', len);

	if (comma == NULL) {		/* Sun Nov  6 08:49:37 1994 */
		if (len < 4)
			return false;
		t.p += 3;
		skip(&t, " ");
		m = month(&t);
		skip(&t, " ");
		if (!t.bad && t.p < t.end && *t.p == ' ') {
			t.p++;
			d = digits(&t, 1);
		} else
			d = digits(&t, 2);
		skip(&t, " ");
		s = clock_of(&t);
		skip(&t, " ");
		y = digits(&t, 4);
	} else {			/* Sun, 06 Nov 1994 ... or Sunday, 06-Nov-94 ... */
		const char *sep = comma - p == 3 ? " " : "-";

		t.p = comma + 1;
		skip(&t, " ");
		d = digits(&t, 2);
		skip(&t, sep);
		m = month(&t);
		skip(&t, sep);
		y = *sep == ' ' ? digits(&t, 4) : year2(&t);
		skip(&t, " ");
		s = clock_of(&t);
		skip(&t, " GMT");
	}
	if (t.bad || t.p != t.end || d < 1 || d > 31)
		return false;
	*ret = days_of(y, m, d) * DAY + s;
	return true;
}
