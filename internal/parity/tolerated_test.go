package parity

import "strings"

// parted reports whether the sides may go on differently from here, for a reason that is none of the cache's.
func parted(bare, cached string) bool {
	for _, reason := range []string{
		// A read that was a hit has locked nothing, and who meets a lock has waited or not.
		"55P03 ",
		// A read that was a hit is nothing that PostgreSQL could take for a conflict.
		"40001 ",
		// A read that was a hit has prepared nothing, which fails once when its relation has other columns.
		"0A000 cached plan must not change result type",
		// A read that was a hit is no query before it. That the level may then still be set is known, and harms nobody.
		"25001 SET TRANSACTION ISOLATION LEVEL must be called before any query",
	} {
		if strings.Contains(bare+cached, reason) {
			return true
		}
	}
	// A batch fails before it is sent or while it runs, as the connection has prepared its texts before or not, which
	// a hit does not. That may be with another error, and behind a COMMIT in it.
	want, got, batch := ends(bare, cached)
	return batch && want != seenError(nil) && got != seenError(nil)
}

// tolerated reports whether it is known that two texts differ, and that what follows does not.
func tolerated(bare, cached string) bool {
	// A batch of which a query cannot be prepared: pgx sends none of it then, where the cache gives hits before the
	// error. Both end with the same one.
	want, got, batch := ends(bare, cached)
	return batch && got == want && want != seenError(nil)
}

// ends are the errors that batches were closed with.
func ends(bare, cached string) (want, got string, batch bool) {
	_, want, batch = strings.Cut(bare, closed)
	_, got, _ = strings.Cut(cached, closed)
	return want, got, batch
}
