package testservers

import (
	"errors"
	"strings"
	"testing"
)

func TestMissingServer(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, tt := range []struct {
		name, require, url string
		wantSkip           bool
	}{
		{"Skips", "", "", true},
		{"FailsWhereRequired", "1", "", false},
		{"SkipsWhereGiven", "1", "redis://localhost", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GOJOHNNY_REQUIRE_SERVERS", tt.require)
			t.Setenv("GOJOHNNY_REDIS_URL", tt.url)
			_, err := startRedis()
			if err == nil || errors.Is(err, errSkip) != tt.wantSkip {
				t.Errorf("got %v; want errSkip: %v", err, tt.wantSkip)
			}
			if !strings.Contains(err.Error(), "apt-get install redis-server") {
				t.Errorf("got %v; want it to say what to install", err)
			}
		})
	}
}
