package cache

import (
	"context"
	"strings"
	"time"
)

// A directive is what a caller says about one call, in its context or in a comment of
// its SQL. The comment wins where both speak.
type directive struct {
	skip    bool
	refresh bool
	use     bool
	ttl     time.Duration // 0: Options.TTL
	bad     string        // a comment that says nothing known
}

type directiveKey struct{}

// Skip returns a context whose queries bypass the cache: they are neither answered
// from it nor kept. In SQL: /* gojohnny: skip */. Writes invalidate all the same.
func Skip(ctx context.Context) context.Context {
	return with(ctx, func(d *directive) { d.skip = true })
}

// Refresh returns a context whose queries run on the database and replace what is
// kept. In SQL: /* gojohnny: refresh */.
func Refresh(ctx context.Context) context.Context {
	return with(ctx, func(d *directive) { d.refresh = true })
}

// Use returns a context whose queries are kept although Options.OptIn is set. In
// SQL: /* gojohnny: use */. It overrules no other reason.
func Use(ctx context.Context) context.Context {
	return with(ctx, func(d *directive) { d.use = true })
}

// WithTTL returns a context whose queries keep their results for at most ttl. A ttl
// that is not positive keeps nothing, as Skip. In SQL: /* gojohnny: ttl=30s */, in
// the form of time.ParseDuration.
func WithTTL(ctx context.Context, ttl time.Duration) context.Context {
	return with(ctx, func(d *directive) { d.setTTL(ttl) })
}

func (d *directive) setTTL(ttl time.Duration) {
	d.ttl, d.skip = ttl, d.skip || ttl <= 0
}

// ttlOr gives the time to live of this call's result.
func (d *directive) ttlOr(limit time.Duration) time.Duration {
	if d.ttl > 0 {
		return min(d.ttl, limit)
	}
	return limit
}

func with(ctx context.Context, set func(*directive)) context.Context {
	d, _ := ctx.Value(directiveKey{}).(directive)
	set(&d)
	return context.WithValue(ctx, directiveKey{}, d)
}

// directiveOf reads ctx, then the directives of a comment.
func directiveOf(ctx context.Context, comment []string) directive {
	d, _ := ctx.Value(directiveKey{}).(directive)
	for _, word := range comment {
		name, value, _ := strings.Cut(word, "=")
		switch strings.TrimSpace(name) {
		case "skip":
			d.skip = true
		case "refresh":
			d.refresh = true
		case "use":
			d.use = true
		case "ttl":
			ttl, err := time.ParseDuration(strings.TrimSpace(value))
			if err != nil {
				d.bad = word
				continue
			}
			d.setTTL(ttl)
		default:
			d.bad = word
		}
	}
	return d
}
