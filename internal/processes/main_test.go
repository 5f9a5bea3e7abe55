package processes

import (
	"flag"
	"os"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/gojohnny/gojohnny/internal/testservers"
)

// processVariable makes the test binary a process of the kind in process_test.go.
// It holds its config.
const processVariable = "GOJOHNNY_TEST_PROCESS"

func TestMain(m *testing.M) {
	redis.SetLogger(&logging.VoidLogger{}) // servers that are down are what some tests are about
	if text := os.Getenv(processVariable); text != "" {
		serve(text)
		return
	}
	// The tests wait for leases and timeouts most of their time.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	testservers.Main(m)
}

// number is a whole number that the environment may set.
func number(t testing.TB, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s: got %q; want a number above 0", variable, text)
	}
	return n
}
