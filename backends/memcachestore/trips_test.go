package memcachestore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

func testTags(n int) []string {
	tags := make([]string, n)
	for i := range tags {
		tags[i] = fmt.Sprintf("app/public.t%d", i)
	}
	return tags
}

// TestRoundTrips counts requests at the socket.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	for _, servers := range []int{1, 3} {
		for _, n := range []int{1, 3, 8} {
			t.Run(fmt.Sprintf("servers=%d/tags=%d", servers, n), func(t *testing.T) {
				w := newNetwork(t, servers)
				s, tags, states, key := w.store(nil), testTags(n), make([]backends.TagState, n), backends.Key{1}
				if err := s.Advance(t.Context(), tags); err != nil {
					t.Fatal(err)
				}
				if got, involved := w.trips(); got != involved {
					t.Errorf("an advance of unknown tags: got %d round trips to %d servers; want one to each", got, involved)
				}
				load := func() {
					t.Helper()
					if _, err := s.Load(t.Context(), key, tags, states); err != nil {
						t.Fatal(err)
					}
				}
				load()
				if err := s.Save(t.Context(), key, []byte("rows"), time.Hour); err != nil {
					t.Fatal(err)
				}
				w.trips()
				load()
				if got, involved := w.trips(); got != involved || involved > servers {
					t.Errorf("a hit: got %d round trips to %d servers; want one to each", got, involved)
				}
				writer := backends.NewToken()
				if err := s.Fence(t.Context(), tags, writer, time.Minute); err != nil {
					t.Fatal(err)
				}
				got, _ := w.trips()
				if least, most := n+2, n+1+min(servers, n); got < least || got > most {
					t.Errorf("a fence: got %d round trips; want %d to %d", got, least, most)
				}
				if err := s.Lift(t.Context(), tags, writer, true); err != nil {
					t.Fatal(err)
				}
				got, _ = w.trips()
				if least, most := n+1, n+min(servers, n); got < least || got > most {
					t.Errorf("a lift: got %d round trips; want %d to %d", got, least, most)
				}
				looked := testTags(n + 1)[n]
				if _, err := s.Load(t.Context(), key, []string{looked}, states[:1]); err != nil {
					t.Fatal(err)
				}
				if err := s.Fence(t.Context(), tags, writer, time.Minute); err != nil {
					t.Fatal(err)
				}
				w.trips()
				if _, err := s.LiftAndLook(t.Context(), tags, writer, true, looked); err != nil {
					t.Fatal(err)
				}
				got, _ = w.trips()
				if least, most := n+1, n+min(servers, n+1); got < least || got > most {
					t.Errorf("a lift and a look: got %d round trips; want %d to %d", got, least, most)
				}
			})
		}
	}
}
