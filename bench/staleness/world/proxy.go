//go:build unix

package world

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/gojohnny/gojohnny/internal/servers"
)

// A Proxy stands before a server, on a port of its own that it keeps.
type Proxy struct {
	inner *toxiproxy.Proxy
	Addr  string
}

// NewProxy starts a proxy on a free port.
func NewProxy(name, upstream string) (*Proxy, error) {
	port, err := servers.FreePort()
	if err != nil {
		return nil, err
	}
	return newProxyAt(name, net.JoinHostPort("127.0.0.1", port), upstream)
}

func newProxyAt(name, addr, upstream string) (*Proxy, error) {
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &Proxy{toxiproxy.NewProxy(api, name, addr, upstream), addr}
	return p, p.inner.Start()
}

// Cut closes every connection and takes no new ones.
func (p *Proxy) Cut() { p.inner.Stop() }

// Mend takes connections again after Cut.
func (p *Proxy) Mend() error { return p.inner.Start() }

// latency is the toxic's name.
const latency = "latency"

// Delay makes what the server answers come later, by half of d to one and a half of it,
// and what it is sent as well, until [Proxy.Hurry].
func (p *Proxy) Delay(d time.Duration) error {
	for _, stream := range []string{"upstream", "downstream"} {
		_, err := p.inner.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(
			`{"name": "%s_%s", "type": "latency", "stream": "%s", "attributes": {"latency": %d, "jitter": %d}}`,
			latency, stream, stream, d.Milliseconds(), d.Milliseconds()/2)))
		if err != nil {
			return err
		}
	}
	return nil
}

// Hurry ends Delay.
func (p *Proxy) Hurry() { p.inner.Toxics.ResetToxics(context.Background()) }

// Slow reports whether Delay is in effect.
func (p *Proxy) Slow() bool { return len(p.inner.Toxics.GetToxicArray()) > 0 }

// Retarget closes every connection and puts the proxy before another server.
func (p *Proxy) Retarget(upstream string) error {
	p.inner.Stop()
	p.inner.Lock()
	p.inner.Upstream = upstream
	p.inner.Unlock()
	return p.inner.Start()
}

// Close ends the proxy.
func (p *Proxy) Close() { p.inner.Stop() }
