package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// slots is how many parts the keys of a Redis Cluster fall into.
const slots = 16384

// A RedisCluster is a Redis Cluster of masters without replicas. It takes a
// Redis 7 or a Valkey that is installed.
type RedisCluster struct {
	Nodes []*Redis // with equal shares of the slots, in their order
}

// URL returns the cluster's address, redis://:password@host:port?addr=host:port&...,
// which go-redis takes as it is.
func (c *RedisCluster) URL() *url.URL {
	u := *c.Nodes[0].url
	others := url.Values{}
	for _, s := range c.Nodes[1:] {
		others.Add("addr", s.url.Host)
	}
	u.RawQuery = others.Encode()
	return &u
}

// StartRedisCluster starts an empty cluster. What args returns for the number of a
// node is added to its command line; nil adds nothing.
func StartRedisCluster(masters int, args func(node int) []string) (*RedisCluster, error) {
	c := &RedisCluster{}
	for i := range masters {
		command := []string{"--cluster-enabled", "yes"}
		if args != nil {
			command = append(command, args(i)...)
		}
		s, err := StartRedis(command...)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.Nodes = append(c.Nodes, s)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := c.join(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close ends the nodes.
func (c *RedisCluster) Close() error {
	var errs []error
	for _, s := range c.Nodes {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// join makes one cluster of the nodes and waits until each of them agrees.
func (c *RedisCluster) join(ctx context.Context) error {
	n := len(c.Nodes)
	for i, s := range c.Nodes {
		commands := fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d\r\n", i*slots/n, (i+1)*slots/n-1)
		commands += "CLUSTER MEET 127.0.0.1 " + c.Nodes[0].url.Port() + "\r\n"
		if err := ask(ctx, s.url.Host, "AUTH "+password+"\r\n"+commands, "+OK\r\n+OK\r\n+OK\r\n"); err != nil {
			return err
		}
	}
	for _, s := range c.Nodes {
		if err := s.awaitCluster(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// awaitCluster waits until a node knows n nodes and serves.
func (s *Redis) awaitCluster(ctx context.Context, n int) error {
	for {
		info, err := askBulk(ctx, s.url.Host, "CLUSTER INFO")
		if err != nil {
			return err
		}
		if strings.Contains(info, "cluster_state:ok\r\n") && strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d\r\n", n)) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not part of a cluster: %w; it says:\n%s", s.url.Host, ctx.Err(), info)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// askBulk sends a Redis a command and returns its answer, a string.
func askBulk(ctx context.Context, addr, command string) (string, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }() // has been answered
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return "", err
		}
	}
	if _, err := io.WriteString(conn, "AUTH "+password+"\r\n"+command+"\r\n"); err != nil {
		return "", err
	}
	r := bufio.NewReader(conn)
	if line, err := r.ReadString('\n'); err != nil || line != "+OK\r\n" {
		return "", fmt.Errorf("%s answered AUTH with %q: %w", addr, line, err)
	}
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	size, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(line, "$"), "\r\n"))
	if err != nil {
		return "", fmt.Errorf("%s answered %s with %q", addr, command, line)
	}
	answer := make([]byte, size)
	_, err = io.ReadFull(r, answer)
	return string(answer), err
}
