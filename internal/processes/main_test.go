package processes

import (
	"flag"
	"os"
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
